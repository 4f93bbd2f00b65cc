from django.urls import path, re_path

from payments import views

app_name = "payments"
NUMBER = r"^orders/(?P<number>[0-9]{20})/"
urlpatterns = [
    path("orders/", views.order_list, name="order_list"),
    path("orders/buy/<pk:course_pk>/", views.order_create, name="order_create"),
    path("orders/seats/<pk:course_pk>/", views.seat_order_create, name="seat_order_create"),
    path("orders/seats/<pk:course_pk>/sum/", views.seat_order_sum, name="seat_order_sum"),
    re_path(NUMBER + r"$", views.order_detail, name="order_detail"),
    re_path(NUMBER + r"pay/$", views.order_pay, name="order_pay"),
    re_path(NUMBER + r"cancel/$", views.order_cancel, name="order_cancel"),
    re_path(NUMBER + r"status/$", views.order_status, name="order_status"),
    re_path(NUMBER + r"refund/$", views.refund_create, name="refund_create"),
    re_path(NUMBER + r"refund/take-back/$", views.refund_take_back, name="refund_take_back"),
    re_path(NUMBER + r"invoice/$", views.invoice_create, name="invoice_create"),
    path("invoices/", views.invoice_list, name="invoice_list"),
    path("invoices/<pk:pk>/", views.invoice_detail, name="invoice_detail"),
    path("invoices/<pk:pk>/edit/", views.invoice_edit, name="invoice_edit"),
    path("invoices/<pk:pk>/withdraw/", views.invoice_withdraw, name="invoice_withdraw"),
    path("invoices/files/<pk:pk>/", views.invoice_file, name="invoice_file"),
    re_path(NUMBER + r"transfer/$", views.transfer_detail, name="transfer_detail"),
    re_path(NUMBER + r"transfer/choose/$", views.transfer_choose, name="transfer_choose"),
    re_path(NUMBER + r"transfer/drop/$", views.transfer_drop, name="transfer_drop"),
    path("orders/receipts/<pk:pk>/", views.receipt_file, name="receipt_file"),
    path("stripe/webhook/", views.stripe_webhook, name="stripe_webhook"),
]
