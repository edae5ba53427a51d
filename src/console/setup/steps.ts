import type { Cycle } from '../../analysis/cycle.ts'
import type { Journal } from '../../journal/journal.ts'
import { type Search, termOf } from '../../journal/search/search.ts'
import { groupType, userType } from '../../scim/core-types.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Token } from '../../tenants/tenant.ts'
import { type Evidence, newestCycle, newestOfClient, newestWithoutFailure, secondOnTime } from './evidence.ts'

/** All that the steps are read off. */
export type SetupFacts = {
  readonly tenant: string
  readonly endpoint: string
  readonly https: boolean
  readonly loopback: boolean
  /** Newest first. */
  readonly tokens: readonly Token[]
  readonly journal: Pick<Journal, 'page'>
  /** Of clients with a token, newest first. */
  readonly cycles: readonly Cycle[]
}

/** A step between an empty tenant and one that Entra ID keeps up to date. */
export type SetupStep = {
  readonly id: string
  readonly title: string
  /** What to click, in the words of Microsoft's pages. */
  readonly hint: string
  readonly evidence?: Evidence
}

type Step = Omit<SetupStep, 'evidence' | 'hint'> & {
  readonly hint: (facts: SetupFacts) => string
  readonly look: (facts: SetupFacts) => Evidence | undefined | Promise<Evidence | undefined>
}

/** The steps in their order, each with what shows that it is done. */
export const stepsOf = (facts: SetupFacts): Promise<readonly SetupStep[]> =>
  Promise.all(
    steps.map(async ({ id, title, hint, look }) => {
      const evidence = await look(facts)
      return { id, title, hint: hint(facts), ...(evidence && { evidence }) }
    }),
  )

const inJournal =
  (...search: Search) =>
  ({ journal, tenant }: SetupFacts) =>
    newestOfClient(journal, tenant, search)

const action = (words: string) => termOf('action', words)
const answered = (status: string) => termOf('status', status)
const nameOf = ({ name }: ResourceType) => name.toLowerCase()

const steps: readonly Step[] = [
  {
    id: 'token',
    title: 'Make an access token',
    hint: () =>
      'On the page Tokens, make a token and copy its text; it is shown once. In Entra it is called Secret Token.',
    // When it was made is known by the tenant's clock alone, which may have been moved since.
    look: ({ tokens }) => (tokens.length > 0 ? {} : undefined),
  },
  {
    id: 'contact',
    title: 'Entra ID reaches this server',
    hint: facts =>
      `In the Microsoft Entra admin center open Enterprise apps, your application, Provisioning, and give ${facts.endpoint} as Tenant URL and the token as Secret Token.${reachability(facts)}`,
    look: inJournal(),
  },
  {
    id: 'test-connection',
    title: 'Test Connection succeeds',
    hint: () =>
      'Select Test Connection beside the Secret Token. Entra looks for somebody who does not exist, and an empty list with status 200 is the right answer. Then save.',
    look: inJournal(action('test connection'), answered('200')),
  },
  {
    id: 'user',
    title: 'The first user is created',
    hint: () =>
      'Assign somebody under Users and groups, then select Start provisioning; Provision on demand does it for one person at once.',
    look: inJournal(action(`create ${nameOf(userType)}`), answered('2xx')),
  },
  {
    id: 'group',
    title: 'The first group is created',
    hint: () =>
      'Assign a group under Users and groups. Under Mappings, Provision Microsoft Entra ID Groups has to be enabled.',
    look: inJournal(action(`create ${nameOf(groupType)}`), answered('2xx')),
  },
  {
    id: 'membership',
    title: 'The first membership arrives',
    hint: () =>
      'Add a user to the assigned group. Members come after their group, in a PATCH of their own; members of groups within the group are not provisioned.',
    look: inJournal(termOf('method', 'PATCH'), action('member'), answered('2xx')),
  },
  {
    id: 'disabled',
    title: 'Somebody is disabled',
    hint: () =>
      "Remove a user from the assigned group, or turn off Account enabled on the user's page. The next cycle disables the user here.",
    look: inJournal(action('disable'), action(nameOf(userType)), answered('2xx')),
  },
  {
    id: 'deleted',
    title: 'Somebody is deleted',
    hint: () =>
      'Delete the user, then delete permanently under Deleted users: Entra sends a DELETE only then, or 30 days later. What is left here is listed as stale.',
    look: inJournal(action(`delete ${nameOf(userType)}`), answered('2xx')),
  },
  {
    id: 'second-cycle',
    title: 'A second cycle comes on time',
    hint: () =>
      'Leave provisioning on: Entra ID runs a cycle about every 40 minutes, which the provisioning page calls the incremental cycle.',
    look: ({ cycles }) => secondOnTime(cycles),
  },
  {
    id: 'no-failure',
    title: 'Nothing failed in the newest cycle',
    hint: ({ cycles }) => {
      const newest = newestCycle(cycles)
      if (!newest || newest.failed === 0)
        return 'Wait for a cycle; View provisioning logs tells the same from the side of Entra.'
      const failed = newest.failed === 1 ? '1 request' : `${newest.failed} requests`
      return `${failed} of the newest cycle failed: search the activity for cycle:${newest.id} -status:2xx. Entra tries again with each cycle, and less and less often.`
    },
    look: ({ cycles }) => newestWithoutFailure(cycles),
  },
]

function reachability({ https, loopback }: SetupFacts): string {
  if (loopback) {
    return ' That address leads to this machine alone, and Entra ID calls from the internet: put a tunnel or a proxy with a public name and HTTPS in front, and give its address.'
  }
  return https
    ? ''
    : ' Entra ID takes HTTPS only: start the server with a certificate, or put a proxy in front.'
}
