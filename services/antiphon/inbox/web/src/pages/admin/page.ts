/** What every section of the administration is given: the id of the record that the address opens. */
export interface SectionPageProps { open: string | undefined }
