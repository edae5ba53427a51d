import type { ProfileName } from '../../profiles/names.ts'
import { defaultMappings, mappingFiles } from '../../provisioning/entra/mapping/default-mappings.ts'
import type { Mapping } from '../../provisioning/entra/mapping/mapping.ts'
import type { Dialect } from '../../provisioning/kit/target.ts'

export type EntraSetup = {
  readonly mapping: Mapping
  readonly table: (typeof mappingFiles)[keyof typeof mappingFiles]
  readonly dialect: Dialect
  readonly groupSchemaMs: boolean
  /** Entra sends a manager as an id; RFC 7643 §4.3 requires an object. */
  readonly managers: boolean
}

const nonGallery: EntraSetup = {
  mapping: defaultMappings.nonGallery,
  table: mappingFiles.nonGallery,
  dialect: 'default',
  groupSchemaMs: true,
  managers: true,
}

/** Strict servers reject booleans that are sent as strings, so only the other dialect is accepted. */
const strict: EntraSetup = {
  ...nonGallery,
  dialect: 'aadOptscim062020',
  groupSchemaMs: false,
  managers: false,
}

const setups: Readonly<Partial<Record<ProfileName, EntraSetup>>> = {
  aws: { ...nonGallery, mapping: defaultMappings.aws, table: mappingFiles.aws },
  rfc: strict,
  interop: strict,
}

/** AWS has an application in the gallery; every other endpoint is a non-gallery application. */
export const entraSetupOf = (profile: ProfileName): EntraSetup => setups[profile] ?? nonGallery
