"""Faxes as documents: a fax machine (spandsp) on a port of ours, and pages as TIFF and PDF."""
