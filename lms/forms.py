"""How every form of the site is rendered: Bootstrap's classes on Django's own widgets."""

from django import forms
from django.forms.renderers import TemplatesSetting

CLASSES = {
    "checkbox": "form-check-input",
    "select": "form-select",
    "radioselect": "form-check-input",
    "checkboxselectmultiple": "form-check-input",
}


class SiteBoundField(forms.BoundField):
    """A bound field whose widget carries the right class and says so when it is wrong."""

    def build_widget_attrs(
        self, attrs: dict[str, str | bool], widget: forms.Widget | None = None
    ) -> dict[str, str | bool]:
        attrs = super().build_widget_attrs(attrs, widget)
        if not self.is_hidden:
            own = self.field.widget.attrs.get("class", "")
            attrs["class"] = f"{own} {CLASSES.get(self.widget_type, 'form-control')}".strip()
            if self.errors:
                attrs["class"] = f"{attrs['class']} is-invalid"
                described_by = [attrs.get("aria-describedby"), f"{self.auto_id}_error"]
                attrs["aria-describedby"] = " ".join(str(part) for part in described_by if part)
        return attrs


class SiteFormRenderer(TemplatesSetting):
    bound_field_class = SiteBoundField
