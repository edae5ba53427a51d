import type { JsonObject } from '../../../scim/json.ts'
import { writeAtomically } from '../state-file.ts'
import { graphName, isExtensionAttribute, isListInGraph } from './attribute-names.ts'
import type { Assignment, SourceDirectory, SourceGroup, SourceUser, SourceValue } from './source-directory.ts'

/** Writes the directory in Scimulator's format; readDirectory returns the same directory. */
export async function writeDirectory(path: string, directory: SourceDirectory): Promise<void> {
  await writeAtomically(path, `${JSON.stringify(toScimulatorFormat(directory), undefined, 2)}\n`)
}

/** The directory as JSON with Microsoft Graph's property names; references are objectIds. */
export const toScimulatorFormat = ({ users, groups, assignments }: SourceDirectory): JsonObject => ({
  users: users.map(plainUser),
  groups: groups.map(plainGroup),
  assignments: assignments.map(plainAssignment),
})

const plainUser = ({ objectId, accountEnabled, deletedAt, attributes, manager }: SourceUser): JsonObject => ({
  id: objectId,
  ...plainAttributes(attributes),
  accountEnabled,
  ...plainDeletion(deletedAt),
  ...(manager === undefined ? {} : { manager }),
})

const plainGroup = ({ objectId, deletedAt, attributes, members }: SourceGroup): JsonObject => ({
  id: objectId,
  ...plainAttributes(attributes),
  ...plainDeletion(deletedAt),
  members,
})

const plainAssignment = ({ principal, appRole }: Assignment): JsonObject => ({
  principal,
  ...(appRole ? { appRole } : {}),
})

const plainDeletion = (deletedAt: number | undefined): JsonObject =>
  deletedAt === undefined ? {} : { deletedDateTime: new Date(deletedAt).toISOString() }

function plainAttributes(attributes: Readonly<Record<string, SourceValue>>): JsonObject {
  const entries = Object.entries(attributes)
  const extension = entries.filter(([name]) => isExtensionAttribute(name))
  return Object.fromEntries([
    ...entries
      .filter(([name]) => !isExtensionAttribute(name))
      .map(([name, value]) => [graphName(name), isListInGraph(name) ? [value] : value] as const),
    ...(extension.length > 0
      ? [['onPremisesExtensionAttributes', Object.fromEntries(extension)] as const]
      : []),
  ])
}
