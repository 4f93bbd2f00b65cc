from django.urls import path, register_converter

from certificates import views
from certificates.converters import PetitionKindConverter
from certificates.views import study_proofs

register_converter(PetitionKindConverter, "petition_kind")

app_name = "certificates"
urlpatterns = [
    path("", views.certificate_list, name="certificate_list"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:number>/", views.verify, name="verify"),  # what the QR code opens
    path("check/", views.check_file, name="check_file"),
    path("study-proofs/", study_proofs.study_proof_list, name="study_proof_list"),
    path("study-proofs/verify/", study_proofs.study_proof_verify, name="study_proof_verify"),
    path("study-proofs/<pk:pk>/pdf/", study_proofs.study_proof_pdf, name="study_proof_pdf"),
    path("shared/<str:token>/", views.shared, name="shared"),
    path("badge/<str:token>.svg", views.badge, name="badge"),
    path("issuer/", views.issuer_profile, name="issuer_profile"),
    path("status/<pk:number>/", views.status_list, name="status_list"),
    path("log/", views.log, name="log"),
    path("log/head/", views.tree_head, name="tree_head"),
    path("log/heads/", views.tree_heads, name="tree_heads"),
    path("log/consistency/", views.consistency_proof, name="consistency_proof"),
    path("log/inclusion/", views.inclusion_proof, name="inclusion_proof"),
    path("log/leaves/", views.leaves, name="leaves"),
    path("petitions/<pk:pk>/cancel/", views.petition_cancel, name="petition_cancel"),
    path("<str:number>/", views.certificate_detail, name="certificate_detail"),
    path("<str:number>/pdf/", views.certificate_pdf, name="certificate_pdf"),
    path("<str:number>/credential/", views.certificate_credential, name="certificate_credential"),
    path("<str:number>/proof/", views.certificate_proof, name="certificate_proof"),
    path("<str:number>/share/", views.share, name="share"),
    path("<str:number>/unshare/", views.unshare, name="unshare"),
    path("<str:number>/public/", views.choose_public, name="choose_public"),
    path("<str:number>/petition/<petition_kind:kind>/", views.petition, name="petition"),
    path("<str:number>/withdraw/", views.withdraw, name="withdraw"),
]
