# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53: moto's, with AWS's checks of records, and private zones across accounts."""
