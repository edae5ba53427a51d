import { defaultMappings, mappingFiles } from '../../entra/default-mappings/index.ts'
import type { Dialect } from '../../entra/dialect.ts'
import type { Mapping } from '../../entra/mapping.ts'
import type { ProfileName } from '../../profiles/profile.ts'

/** How a provisioning job of Entra ID's would be set up for a profile. */
export type EntraSetup = {
  /** The mapping that Entra brings along, and as its page shows it. */
  readonly mapping: Mapping
  readonly table: (typeof mappingFiles)[keyof typeof mappingFiles]
  readonly dialect: Dialect
  /** The schema of Microsoft's own in new groups, which no RFC has. */
  readonly groupSchemaMs: boolean
  /** Entra writes a manager as a bare id; RFC 7643 §4.3 wants an object. */
  readonly managers: boolean
}

const nonGallery = {
  mapping: defaultMappings.nonGallery,
  table: mappingFiles.nonGallery,
  dialect: 'default',
  groupSchemaMs: true,
  managers: true,
} as const

/** AWS has an application in the gallery; any other endpoint is an application of one's own. */
export const entraSetupFor: Readonly<Record<ProfileName, EntraSetup>> = {
  aws: { ...nonGallery, mapping: defaultMappings.aws, table: mappingFiles.aws },
  entra: nonGallery,
  // Read strictly, booleans as texts are refused: only the other dialect goes through.
  rfc: { ...nonGallery, dialect: 'aadOptscim062020', groupSchemaMs: false, managers: false },
}
