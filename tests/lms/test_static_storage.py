"""Production's static files, collected as docs/operations.md says."""

import os
import subprocess
import sys

from tests.lms.test_checks import COMPLETE


def test_collectstatic_hashes_names_also_inside_modules(tmp_path):
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}} | COMPLETE
    env |= {"DJANGO_SETTINGS_MODULE": "lms.settings", "LMS_DATA_DIR": str(tmp_path), "STATIC_ROOT": str(tmp_path)}

    result = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
    assert "Found another file" not in result.stdout
    (module,) = (tmp_path / "js" / "exam").glob("main.????????????.js")
    assert '"./clock.js"' not in module.read_text()
    assert (tmp_path / "css" / f"{next((tmp_path / 'css').glob('site.????????????.css')).name}.br").exists()
