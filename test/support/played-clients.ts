import {
  changeAttributes,
  disable,
  removeMember,
  renameGroup,
} from '../../src/provisioning/kit/directory/edits.ts'
import type { SourceDirectory } from '../../src/provisioning/kit/directory/source-directory.ts'
import { toOktaDirectory } from '../../src/provisioning/okta/directory.ts'
import { jobConfigOf } from './entra-job.ts'
import { googleJob } from './google.ts'
import { ada, assigned, grace, group, oktaJob, person } from './okta.ts'
import { provisioningOf } from './provisioning.ts'

const source: SourceDirectory = {
  users: [person(ada), { ...person(grace), manager: ada.id }],
  groups: [group('00g1', 'Crew', ada.id, grace.id)],
  assignments: assigned(ada.id, grace.id, '00g1'),
}

const [adaName, graceName] = ['ada.lovelace@example.com', 'grace.hopper@example.com']

/** Ada gets married, Grace leaves, and the group has another name. */
const later = renameGroup(
  removeMember(
    disable(
      changeAttributes(source, adaName, {
        surname: 'King',
        displayName: 'Ada King',
        mail: 'king@example.com',
      }),
      graceName,
    ),
    'Crew',
    graceName,
  ),
  'Crew',
  'Team',
)

type Endpoint = { readonly url: string; readonly token: string }

const entra =
  (dialect: 'default' | 'aadOptscim062020') =>
  async ({ url, token }: Endpoint) => {
    const flag = dialect === 'default' ? '' : `?${dialect}`
    const { job } = provisioningOf({ url: url + flag, token }, jobConfigOf('rfc', dialect))
    for (const directory of [source, later]) await job.runCycle({ directory })
  }

const okta = (family: 'catalog' | 'wizard') => async (endpoint: Endpoint) => {
  const { job } = oktaJob({ ...endpoint, app: { family } })
  for (const directory of [source, later]) await job.sync({ directory: toOktaDirectory(directory) })
}

const google = async ({ url, token }: Endpoint) => {
  const { sync } = googleJob(url, token)
  for (const directory of [source, later]) await sync(directory)
}

/** Each provisions two users and a group, and then changes them. */
export const playedClients = {
  'Entra ID': entra('default'),
  'Entra ID with aadOptscim062020': entra('aadOptscim062020'),
  'Okta, an app of the catalog': okta('catalog'),
  'Okta, an app of the wizard': okta('wizard'),
  'Google Workspace': google,
} as const satisfies Readonly<Record<string, (at: Endpoint) => Promise<void>>>

export type PlayedClient = keyof typeof playedClients
