# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Athena: moto's, with queries that run over the emulator's S3 by DuckDB."""
