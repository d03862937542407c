# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ECS: moto's control plane, with tasks of services, and stop codes and reasons of tasks."""
