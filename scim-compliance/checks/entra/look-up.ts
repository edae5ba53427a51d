import type { Check, CheckContext, CreatedResource } from '../../check.ts'
import { expectThat, Failure, listedResources, skip } from '../../expect.ts'
import { compact, enterpriseUrn, type Json, type JsonObject } from '../../scim.ts'
import { requireAttributes } from '../steps/attributes.ts'
import { escrow } from '../steps/client-areas.ts'
import { expectEventually } from '../steps/lists.ts'
import {
  byName,
  createUser,
  encodeQuery,
  expectFound,
  findsOnly,
  lookedUp,
  lookUpPath,
  nameQuery,
  randomId,
  sentName,
} from '../steps/users-and-groups.ts'
import { createdAgain, lookUpCheck, matchCheck, readCheck, sources, undecodedPlus } from './areas.ts'
import { mappedUser } from './fixtures.ts'
import { setManager } from './manager-and-roles.ts'

/** A server that ignores filters by externalId ignores others, too: one check reports that. */
const unlessIgnored =
  (run: Check['run']): Check['run'] =>
  async context => {
    try {
      await run(context)
    } catch (error) {
      if (!(error instanceof Failure) || error.came !== 'excess') throw error
      const probe = await context.get(lookUpPath(context.users, `externalId eq "${randomId()}"`))
      if (probe.status === 200 && listedResources(probe).length > 0)
        skip('Filters by other attributes than userName are ignored.', 'entra/probe/by-external-id')
      throw error
    }
  }

const searchCheck: typeof lookUpCheck = (id, level, source, check) =>
  lookUpCheck(id, level, source, 'run' in check ? { ...check, run: unlessIgnored(check.run) } : check)

/** `given`: attributes of the user that the filter matches. */
const finds = (
  filterFor: (user: CreatedResource) => string,
  given?: (context: CheckContext) => JsonObject,
): Check['run'] => findsOnly('users', (user, { users }) => lookUpPath(users, filterFor(user)), given)

const externalId = () => ({ externalId: randomId() })

const decodes = (id: string, how: string, write: (filter: string) => string, when?: string): Check =>
  searchCheck(id, 'practice', 'https://github.com/MicrosoftDocs/azure-docs/issues/11784', {
    description: `The server decodes a filter with ${how}.`,
    rationale: 'Entra ID and Microsoft’s libraries encode queries in different ways.',
    remedy:
      'Decode queries like HTML forms: + and %20 are spaces, and percent-encoded bytes may be in either case.',
    ...compact({ when }),
    leadsTo: createdAgain,
    run: async context => {
      const user = await createUser(context)
      await expectFound(context, `${context.users.endpoint}?filter=${write(byName(user))}`, [user.id])
    },
  })

const ignoresCase = (id: string, beginning: string, when: string): Check =>
  searchCheck(id, 'practice', 'RFC 7644 §3.4.2.2', {
    description: `The server accepts a filter that begins with ${beginning}.`,
    rationale: 'Administrators write mappings for Entra ID in any case.',
    remedy: 'Ignore case in the names of attributes and operators.',
    when,
    leadsTo: createdAgain,
    run: finds(user => `${beginning} "${sentName(user)}"`),
  })

export const lookUpChecks: readonly Check[] = [
  matchCheck('by-user-name', 'MUST', sources.tutorial, {
    description: 'A search by userName returns the user.',
    rationale: 'Entra ID uses this filter to find out whether a user already exists.',
    remedy: 'Evaluate userName eq "…", and return only the users that match.',
    leadsTo: createdAgain,
    blame: undecodedPlus('missing'),
    run: async context => {
      const user = await createUser(context)
      const response = await lookedUp(context, nameQuery(context, user), [user.id])
      const found = listedResources(response).map(({ id = null }) => id)
      if (found.length === 0) await context.probe('probe/filter')
      expectThat(found.length > 0, `the user with the id ${user.id}`, found, response, 'missing')
    },
  }),
  matchCheck('only-the-match', 'MUST', sources.logs, {
    description: 'A search by userName returns only the matching user and totalResults 1.',
    rationale:
      'If the server ignores the filter, the response contains several users, and Entra ID can’t determine the match.',
    remedy: 'Evaluate filters. Don’t return the whole list if you can’t parse one.',
    leadsTo: escrow(
      'Every search returns several users: Entra reports DuplicateTargetEntries and writes none.',
    ),
    after: ['entra/look-up/by-user-name'],
    run: finds(byName),
  }),
  searchCheck('user-name-in-other-case', 'practice', sources.validator, {
    description: 'A search by userName ignores case.',
    rationale:
      'Names in Entra ID aren’t case-sensitive, and Microsoft’s validator searches in different case.',
    remedy: 'Ignore case when you compare userName (RFC 7643 §4.1.1: caseExact false).',
    when: 'a name in Entra differs in case from the one on the server',
    leadsTo: 'The user isn’t found; Entra creates the user again, and gets a 409 or creates a duplicate.',
    run: finds(user => `userName eq "${sentName(user).toUpperCase()}"`),
  }),
  searchCheck('shows-the-user', 'MUST', sources.tutorial, {
    description: 'A search returns users with id and userName.',
    rationale: 'Entra ID stores the id as its link, and compares the other attributes.',
    remedy: 'Return whole resources for searches.',
    leadsTo: 'Without the id, Entra can’t link the users that it finds.',
    run: async context => {
      const user = await createUser(context)
      const name = sentName(user)
      await expectEventually(context, async () => {
        const response = await context.get(nameQuery(context, user))
        const [{ userName } = {}] = listedResources(response)
        const isShown = String(userName).toLowerCase() === name.toLowerCase()
        expectThat(isShown, `userName "${name}"`, userName, response)
      })
    },
  }),
  decodes('plus-for-blank', 'spaces encoded as +', encodeQuery),
  decodes(
    'percent-for-blank',
    'spaces encoded as %20',
    encodeURIComponent,
    'Entra encodes spaces in a filter as %20',
  ),
  decodes(
    'lower-case-percents',
    'percent-encoding in lower case',
    filter => encodeQuery(filter).replaceAll(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    'Entra percent-encodes a filter in lower case',
  ),
  searchCheck('plus-in-a-name', 'practice', 'https://github.com/MicrosoftDocs/azure-docs/issues/11784', {
    description: 'A search returns a user whose userName contains a plus sign.',
    rationale: 'For anna+test@…, Entra ID encodes the plus sign as %2B and spaces as +.',
    remedy: 'Decode the query once: first + to a space, then the percent-encoded bytes.',
    when: 'a userName contains a plus sign',
    leadsTo: 'The user isn’t found; Entra creates the user again, and gets a 409.',
    run: async context => {
      const user = await createUser(context, { userName: `${context.unique()}+a@example.com` })
      await expectFound(context, nameQuery(context, user), [user.id])
    },
  }),
  searchCheck('unquoted-value', 'practice', sources.tutorial, {
    description: 'The server accepts a filter value without quotes.',
    rationale: 'Microsoft’s tutorial contains requests such as filter=externalId eq jyoung.',
    remedy: 'Treat an unquoted word after eq as a string.',
    when: 'Entra sends filter values without quotes, as in Microsoft’s tutorial',
    leadsTo: 'Searches fail, and the users aren’t provisioned.',
    after: ['entra/look-up/by-external-id'],
    run: finds(
      ({ sent }) => `externalId eq ${sent.externalId}`,
      context => ({ externalId: context.unique() }),
    ),
  }),
  ignoresCase('attribute-in-other-case', 'USERNAME eq', 'your mapping has userName in different case'),
  ignoresCase('operator-in-other-case', 'userName EQ', 'Entra sends an operator in different case'),
  searchCheck('by-external-id', 'practice', 'https://github.com/OctopusDeploy/Issues/issues/9841', {
    description: 'A search by externalId returns the user.',
    rationale: 'Entra ID jobs often match by the object ID, which they store in externalId.',
    remedy: 'Store externalId and support it in filters.',
    when: 'your job matches users by externalId',
    leadsTo: 'No user is found, and existing users are created again.',
    after: ['entra/probe/by-external-id'],
    run: finds(({ sent }) => `externalId eq "${sent.externalId}"`, externalId),
  }),
  searchCheck('by-work-email', 'practice', sources.tutorial, {
    description: 'A search by emails[type eq "work"].value returns the user.',
    rationale: 'Entra ID sends this path if the email address is a matching attribute.',
    remedy: 'Support attribute[type eq "…"].sub eq "…" in filters.',
    when: 'your job matches users by their work email address',
    leadsTo: 'No user is found, and existing users are created again.',
    run: async context => {
      requireAttributes(context.users, 'emails.value', 'emails.type')
      await finds(user => `emails[type eq "work"].value eq "${sentName(user)}"`)(context)
    },
  }),
  searchCheck('primary-role', 'practice', sources.validator, {
    description: 'The server evaluates the filter roles[primary eq "True"].value eq "…".',
    rationale: 'Microsoft’s validator searches for users with it, and puts the boolean in quotes.',
    remedy: 'Support value paths in filters, and treat "True" as true.',
    when: 'your job matches users by their primary role',
    leadsTo: 'No user is found, and Microsoft’s validator reports the filter as failed.',
    run: async context => {
      requireAttributes(context.users, 'roles.value', 'roles.primary')
      const value = context.unique()
      const given = () => ({ roles: [{ primary: true, value }] })
      await finds(() => `roles[primary eq "True"].value eq "${value}"`, given)(context)
    },
  }),
  searchCheck('active-in-quotes', 'practice', sources.validator, {
    description: 'The server evaluates a filter that compares active with "True".',
    rationale: 'Microsoft’s clients write booleans as strings.',
    remedy: 'Support active in filters, and treat "True" as true.',
    when: 'your job matches users by active as well',
    leadsTo: 'No user is found.',
    after: ['entra/look-up/joined-by-and'],
    run: async context => {
      requireAttributes(context.users, 'active')
      await finds(user => `${byName(user)} and active eq "True"`)(context)
    },
  }),
  searchCheck('joined-by-and', 'MUST', sources.tutorial, {
    description: 'A filter with `and` returns only users that match both comparisons.',
    rationale: 'Microsoft requires servers to support the operators `eq` and `and`.',
    remedy: 'Support `and` in filters.',
    when: 'Entra joins two conditions in a search',
    leadsTo: 'No user is found, or the wrong users are.',
    run: async context => {
      const user = await createUser(context, externalId())
      const path = (value: Json | undefined) =>
        lookUpPath(context.users, `${byName(user)} and externalId eq "${value}"`)
      await expectFound(context, path(user.sent.externalId), [user.id])
      await expectFound(context, path(randomId()), [])
    },
  }),
  searchCheck('id-and-manager', 'practice', sources.tutorial, {
    description: 'A filter by id and manager returns the user if the user has this manager.',
    rationale: 'The tutorial’s fourth example sends this before it sets a manager.',
    remedy: 'Compare manager in a filter with its value sub-attribute.',
    needs: ['write', 'users', 'enterprise', 'patch'],
    when: 'Entra checks references by a filter, as in Microsoft’s tutorial',
    leadsTo: escrow('The check fails, and setting the manager may be delayed.'),
    after: ['entra/manager/add-text'],
    run: async context => {
      requireAttributes(context.users, `${enterpriseUrn}:manager`)
      const [user, manager] = [await createUser(context), await createUser(context)]
      await setManager(context, user, manager)
      const path = (id: string) =>
        lookUpPath(context.users, `id eq "${user.id}" and manager eq "${id}"`, 'attributes=id&')
      await expectFound(context, path(manager.id), [user.id])
      await expectFound(context, path(randomId()), [])
    },
  }),
  searchCheck('escaped-quotes', 'practice', sources.howItWorks, {
    description:
      'A filter value with escaped quotes, brackets and special characters is accepted and returns an empty list.',
    rationale:
      'Names in Entra ID can contain any character, although Microsoft doesn’t support special characters in matching attributes.',
    remedy: 'Parse filter values as JSON strings, with \\" for a quote.',
    when: 'a name has quotes, brackets or other special characters',
    leadsTo: escrow('The search fails, and the user isn’t provisioned.'),
    run: async context => {
      await createUser(context)
      const name = JSON.stringify(`${randomId()} "x" (a) [b] 50% & ü`)
      await expectFound(context, lookUpPath(context.users, `userName eq ${name}`), [])
    },
  }),
  readCheck('read-by-id', 'MUST', sources.tutorial, {
    description: 'GET /Users/{id} returns the user.',
    rationale: 'Entra ID reads each linked user by id before it writes.',
    remedy: 'Serve GET /Users/{id} with the id that POST returned.',
    leadsTo: escrow('Entra reports InvalidAnchor for every user it has created, and updates none.'),
    given: { user: mappedUser() },
    request: ({ user }) => ({ get: user.path }),
    expect: ({ user }) => ({ status: [200], body: { id: user.id, userName: sentName(user) } }),
  }),
]
