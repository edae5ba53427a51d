import type { CheckContext, CreatedResource } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { expectStored, readResource } from '../steps/create-and-read.ts'
import { expectPatched, patchOperation } from '../steps/patches.ts'
import { orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'

/** Deletes a resource, with any success status. */
export const expectDeleted = async (context: CheckContext, path: string): Promise<void> =>
  expectStatus(await context.delete(path), 200, 204)

/** Skips if a successful deletion has no effect; `root` reports that. */
export const expectGone = (context: CheckContext, path: string, root: string): Promise<void> =>
  orSkipAsConsequence('A deletion has no effect', root, async () =>
    expectStatus(await context.get(path), 404),
  )

/** Deletes a resource as a precondition; skips if that has no effect. */
export async function requireDeleted(context: CheckContext, path: string): Promise<void> {
  const kind = path.startsWith(context.users.endpoint) ? 'user' : 'group'
  await orSkipAsConsequence('A deletion has no effect', `entra/delete/${kind}-is-gone`, async () => {
    await expectDeleted(context, path)
    expectStatus(await context.get(path), 404)
  })
}

export const workEmail = {
  type: 'work',
  formatted: 'Pier 4',
  streetAddress: '4 Harbour Road',
  locality: 'Leith',
  region: 'Lothian',
  postalCode: 'EH6 7DN',
  country: 'United Kingdom',
}

/** The attributes of Entra's default mapping that sample users don't have. */
export const mappedBody: JsonObject = {
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  name: { formatted: 'Mira Holt', familyName: 'Holt', givenName: 'Mira' },
  addresses: [workEmail],
  phoneNumbers: [{ type: 'work', value: '+44 131 496 0100' }],
  [enterpriseUrn]: { employeeNumber: '700137', department: 'Freight' },
}

/** The attributes by the paths of the mapping. */
export const mappedValues: Readonly<Record<string, Json>> = {
  externalId: 'mira',
  title: 'Dispatcher',
  preferredLanguage: 'en-GB',
  'name.formatted': 'Mira Holt',
  'addresses[type eq "work"].formatted': 'Pier 4',
  'addresses[type eq "work"].streetAddress': '4 Harbour Road',
  'addresses[type eq "work"].locality': 'Leith',
  'addresses[type eq "work"].region': 'Lothian',
  'addresses[type eq "work"].postalCode': 'EH6 7DN',
  'addresses[type eq "work"].country': 'United Kingdom',
  'phoneNumbers[type eq "work"].value': '+44 131 496 0100',
  [`${enterpriseUrn}:employeeNumber`]: '700137',
  [`${enterpriseUrn}:department`]: 'Freight',
}

export const requireRead = (context: CheckContext, path: string) =>
  orSkipAsConsequence('A user can’t be read by id', 'entra/look-up/read-by-id', () =>
    readResource(context, path),
  )

export async function requireRenamed(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
): Promise<void> {
  requireAttributes(context.users, 'displayName')
  const displayName = 'Mira Moss'
  await orSkipAsConsequence('PATCH doesn’t change a user', 'entra/update/replace-displayName', async () => {
    await expectPatched(context, path, patchOperation('Replace', 'displayName', displayName))
    await expectStored(context, path, { displayName })
  })
}
