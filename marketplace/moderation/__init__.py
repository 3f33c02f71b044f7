"""Coordinators and operators read new public texts before they show. Stands above slots."""
