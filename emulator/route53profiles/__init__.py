# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Route 53 Profiles, which moto lacks: with resources and associations with VPCs; what names resolve to."""
