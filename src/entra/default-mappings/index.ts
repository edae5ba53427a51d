import type { Mapping } from '../mapping.ts'
import { readMapping } from '../read-mapping.ts'
import { aws } from './aws.ts'
import { nonGallery } from './non-gallery.ts'

/** The mappings that Entra brings along, as mapping files have them: a start for one's own. */
export const mappingFiles = { aws, nonGallery }

export const defaultMappings: Readonly<Record<keyof typeof mappingFiles, Mapping>> = {
  aws: readMapping(aws),
  nonGallery: readMapping(nonGallery),
}
