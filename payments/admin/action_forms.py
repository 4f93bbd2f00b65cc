"""What 财务 fills in to act on a row."""

from django import forms


class ReasonForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class ReferenceForm(forms.Form):
    reference = forms.CharField(label="银行流水号", max_length=64)


class ConfirmForm(forms.Form):
    """Nothing to fill in: to press the button is the answer."""


class AmountForm(forms.Form):
    """How much, in yuan; kept as fen."""

    amount = forms.DecimalField(label="退款金额（元）", min_value=0, max_digits=12, decimal_places=2)

    def clean_amount(self) -> int:
        return int(self.cleaned_data["amount"] * 100)  # exact: a Decimal of two places


class ApproveForm(AmountForm):
    answer = forms.CharField(label="答复（买家会看到）", max_length=300, required=False)
    keeps_access = forms.BooleanField(label="保留学习资格（只退一部分，买家继续学习）", required=False)


class AnswerForm(forms.Form):
    answer = forms.CharField(label="答复（买家会看到）", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class GiveBackForm(AmountForm):
    reason = forms.CharField(label="理由", max_length=200)
    ends_access = forms.BooleanField(label="同时撤回学习资格", required=False)
