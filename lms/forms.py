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

    def as_widget(
        self, widget: forms.Widget | None = None, attrs: dict[str, object] | None = None, only_initial: bool = False
    ) -> str:
        attrs = dict(attrs or {})
        if not self.is_hidden:
            own = self.field.widget.attrs.get("class", "")
            attrs["class"] = f"{own} {CLASSES.get(self.widget_type, 'form-control')}".strip()
            if self.errors:
                attrs["class"] = f"{attrs['class']} is-invalid"
                attrs["aria-describedby"] = f"{self.auto_id}_error"
        return super().as_widget(widget, attrs, only_initial)


class SiteFormRenderer(TemplatesSetting):
    bound_field_class = SiteBoundField
