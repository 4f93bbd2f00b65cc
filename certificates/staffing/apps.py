from django.apps import AppConfig


class StaffingConfig(AppConfig):
    name = "certificates.staffing"
    label = "staffing"
    verbose_name = "管理师配置检查"
