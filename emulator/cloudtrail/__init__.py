# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CloudTrail: moto's trails, which here deliver log files of the emulator's own calls, and signed digest files."""
