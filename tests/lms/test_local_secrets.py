"""The embedded mode's own secrets."""

from concurrent.futures import ThreadPoolExecutor

from lms import local_secrets


def test_made_once_and_kept(tmp_path):
    first = local_secrets.load(tmp_path / "var")

    assert local_secrets.load(tmp_path / "var") == first
    assert set(first) == {"secret_key", "data_key", "stripe_webhook_secret"}


def test_processes_starting_together_agree(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: local_secrets.load(tmp_path), range(8)))

    assert made == [made[0]] * 8
    assert [p.name for p in tmp_path.iterdir()] == ["secrets.json"]
