# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images with which no task of a service starts: {"failing_images": {"*:broken": "why"}} in `/_emulator/settings`.

No container runs in the emulator, so all others work.
"""

from __future__ import annotations

# Pattern of images -> why their tasks end.
images: dict[str, str] = {}
