import { defaultMappings, mappingFiles } from '../entra/mapping/default-mappings.ts'
import type { Mapping } from '../entra/mapping/mapping.ts'
import type { Dialect } from '../entra/target.ts'
import type { ProfileName } from '../profiles/names.ts'

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

const nonGallery: EntraSetup = {
  mapping: defaultMappings.nonGallery,
  table: mappingFiles.nonGallery,
  dialect: 'default',
  groupSchemaMs: true,
  managers: true,
}

const setups: Readonly<Partial<Record<ProfileName, EntraSetup>>> = {
  aws: { ...nonGallery, mapping: defaultMappings.aws, table: mappingFiles.aws },
  // Read strictly, booleans as texts are refused: only the other dialect goes through.
  rfc: { ...nonGallery, dialect: 'aadOptscim062020', groupSchemaMs: false, managers: false },
}

/** AWS has an application in the gallery; every other endpoint is a non-gallery application. */
export const entraSetupOf = (profile: ProfileName): EntraSetup => setups[profile] ?? nonGallery

/** A line of Entra's page Attribute mapping. */
export type MappingLine = {
  readonly source: string
  readonly target: string
  /** Matching precedence; 1 is asked first. */
  readonly matching?: number
  readonly note?: string
}

type MappingSource = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly reference?: boolean
}

/** What is worth knowing of a line, by its source. */
const notes: Readonly<Record<string, string>> = {
  '[userPrincipalName]': 'Users are looked up by it before they are created.',
  '[mailNickname]':
    "Microsoft's default. It changes when people are renamed; [objectId] never does, and tells apart who has the same name later.",
  'Switch([IsSoftDeleted], , "False","True","True","False")':
    'False for who is disabled, deleted, unassigned or filtered out of scope.',
  '[objectId]': 'It never changes.',
  '[members]': 'Sent in requests of their own, after the group.',
  '[manager]': 'Sent once the manager is here as well, by the id that he has here.',
}

/** The mapping that Entra brings along, as its page shows it; `groups` are looked up by name. */
export const mappingTable = ({
  table,
}: Pick<EntraSetup, 'table'>): {
  readonly users: readonly MappingLine[]
  readonly groups: readonly MappingLine[]
} => ({
  users: table.users.attributes.map(toMappingLine),
  groups: table.groups.attributes.map(toMappingLine),
})

function toMappingLine({ source, target, matching }: MappingSource): MappingLine {
  const note =
    matching === undefined || notes[source]
      ? notes[source]
      : 'Groups are looked up by it before they are created.'
  return {
    source,
    target,
    ...(matching !== undefined && { matching }),
    ...(note !== undefined && { note }),
  }
}
