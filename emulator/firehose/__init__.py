# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Data Firehose: streams to S3 that really deliver, with their processors, buffers and error objects."""
