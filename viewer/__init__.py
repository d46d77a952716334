"""Everything that is shown: DICOM archive, DICOMweb, delivery, record excerpts, view state."""
