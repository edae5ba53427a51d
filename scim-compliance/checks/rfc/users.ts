import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import type { JsonObject } from '../../scim.ts'
import { over } from '../forms.ts'
import { findAttribute, objectsIn, requireWritable, valueIn } from '../steps/attributes.ts'
import { postCreated, postSample, postWithout } from '../steps/create-and-read.ts'
import { userArea } from './areas.ts'
import { defineChecks, must, practice, refusalBlame, should } from './define-checks.ts'

const returnedUserName = ({ sent }: { readonly sent: JsonObject }): string =>
  typeof sent.userName === 'string' ? sent.userName : skip('The sample has no userName.')

const has = (context: CheckContext, name: string): void => {
  if (findAttribute(context.users, name) === undefined) skip(`Users have no ${name}.`)
}

const secret = 'c0rrect-Horse!battery'

function expectHidden(response: ScimResponse): void {
  const { text } = response
  expectThat(!text.includes(secret), 'no password in the response', text, response, 'excess')
}

const passwordChecks = defineChecks({ ...userArea, source: 'RFC 7643 §4.1.1' }, [
  must('password-hidden', ['R-068', 'R-057', 'R-061'], {
    description:
      'The server accepts a password and never returns it: not in the response to the create, nor in reads, even if attributes names it.',
    rationale: 'Every client that can read users could read their passwords.',
    remedy: 'Store only a hash, and omit password from every response.',
    run: async context => {
      has(context, 'password')
      const { path, response } = await context.create(context.users, { password: secret })
      const reads = [await context.get(path), await context.get(`${path}?attributes=password`)]
      for (const one of [response, ...reads]) {
        expectThat(valueIn(one.body, 'password') === undefined, 'no password', one.text, one, 'excess')
        expectHidden(one)
      }
    },
  }),
  must('password-hidden-in-errors', ['R-057', 'R-068'], {
    source: 'RFC 7643 §4.1.1, §7',
    description: 'An error about a user doesn’t contain the password.',
    rationale: 'Error messages are stored in the identity provider’s logs.',
    remedy: 'Mention attribute names in errors, not their values.',
    after: ['rfc/user/name-unique'],
    run: async context => {
      has(context, 'password')
      const { sent } = await context.create(context.users)
      const response = await postSample(context, context.users, { ...sent, password: secret })
      if (response.status < 400) skip('The request isn’t rejected.')
      expectHidden(response)
    },
  }),
  should('password-not-searched', ['R-068', 'R-015'], {
    source: 'RFC 7643 §4.1.1, RFC 7644 §7.5.2',
    description: 'A filter on a part of a password returns 400 or no user; equality may be tested (§4.1.1).',
    rationale: 'Passwords could be guessed one character at a time.',
    remedy: 'Reject filters on attributes that are never returned.',
    needs: ['filter'],
    after: ['rfc/filter/and'],
    run: async context => {
      has(context, 'password')
      const { id, sent } = await context.create(context.users, { password: secret })
      for (const filter of [`password co "${secret.slice(1, 5)}"`, 'password sw "c"']) {
        const narrow = `userName eq ${JSON.stringify(returnedUserName({ sent }))} and ${filter}`
        const response = await context.get(`${context.users.endpoint}?filter=${encodeURIComponent(narrow)}`)
        const found = objectsIn(response.body, 'Resources').some(one => one.id === id)
        if (response.status >= 500) expectStatus(response, 400)
        expectThat(!found, `${filter} to return no user`, 'the user', response, 'excess')
      }
    },
  }),
])

const parts = ['honorificPrefix', 'givenName', 'middleName', 'familyName', 'honorificSuffix']

const userStructureChecks = defineChecks(userArea, [
  should('name-formatted', ['R-069'], {
    source: 'RFC 7643 §4.1.1',
    description: 'name.formatted matches the other sub-attributes of name if the server returns both.',
    rationale: 'Users are displayed under an outdated name.',
    remedy: 'Derive name.formatted from the other sub-attributes, unless the client sends it.',
    run: async context => {
      requireWritable(context.users, 'name', 'name.givenName', 'name.familyName')
      const name = { givenName: context.unique('Given'), familyName: context.unique('Family') }
      const response = await postCreated(context, context.users, context.sample(context.users, { name }))
      const formatted = valueIn(response.body, 'name', 'formatted')
      if (typeof formatted !== 'string') return skip('There is no name.formatted.')
      for (const part of parts) {
        const value = valueIn(response.body, 'name', part)
        if (typeof value === 'string')
          expectThat(formatted.includes(value), `${value} in name.formatted`, formatted, response)
      }
    },
  }),
  should('email-domain', ['R-070', 'R-038'], {
    source: 'RFC 7643 §4.1.2, §2.4',
    description: 'The server returns the domain of an email address in lower case.',
    rationale: 'A client that compares addresses treats two spellings of one address as different.',
    remedy: 'Convert the part after the @ to lower case, and leave the part before it unchanged.',
    run: async context => {
      requireWritable(context.users, 'emails')
      const emails = [{ value: `${context.unique('Local')}@EXAMPLE.com`, type: 'work', primary: true }]
      const response = await postCreated(context, context.users, context.sample(context.users, { emails }))
      const value = valueIn(objectsIn(response.body, 'emails')[0], 'value')
      // emails isn't caseExact, so a server may also convert the local part.
      expectThat(String(value).endsWith('@example.com'), 'an address at example.com', value, response)
    },
  }),
])

/** Two users of the same name don't have the same address as well: some servers compare only addresses. */
const withOwnEmail = (context: CheckContext): JsonObject =>
  findAttribute(context.users, 'emails') === undefined
    ? {}
    : { emails: [{ type: 'work', value: `${context.unique()}@example.com` }] }

const postNamed = (context: CheckContext, userName: string): Promise<ScimResponse> =>
  postSample(context, context.users, { userName, ...withOwnEmail(context) })

/** Any 4xx: rfc/create/conflict reports another status than 409. */
function expectRejectedName(response: ScimResponse): void {
  if (response.status < 400 || response.status >= 500) expectStatus(response, 409)
}

const rejectsNameOfAnother =
  (written: (name: string) => string): Check['run'] =>
  async context => {
    const user = await context.create(context.users, withOwnEmail(context))
    expectRejectedName(await postNamed(context, written(returnedUserName(user))))
  }

/** Expects a conflict between a name that begins with é and one with another letter; skips if the server rejects é. */
async function expectClash(context: CheckContext, letter: string): Promise<void> {
  const name = returnedUserName({ sent: context.sample(context.users) })
  const { status } = await postNamed(context, `\u00e9${name}`)
  if (status >= 400 && status < 500) skip('The server accepts no userName with non-ASCII letters.')
  expectRejectedName(await postNamed(context, `${letter}${name}`))
}

const userNameChecks = defineChecks({ ...userArea, source: 'RFC 7643 §4.1.1' }, [
  must('name-required', ['R-066', 'R-064'], {
    description: 'POST /Users without userName returns 400, or the server assigns one.',
    rationale: 'Without userName, users can’t sign in to the account and clients can’t find it again.',
    remedy: 'Require userName.',
    blame: refusalBlame,
    unconverted: 'statuses',
    run: async context => {
      const response = await postWithout(context, context.users, 'userName')
      const given = valueIn(response.body, 'userName')
      if (!isSuccess(response) || typeof given !== 'string' || given === '') expectStatus(response, 400)
    },
  }),
  must('name-not-empty', ['R-066'], {
    description: 'POST /Users with an empty userName returns 400.',
    rationale: 'An attribute mapping that yields an empty value would create accounts without a name.',
    remedy: 'Reject an empty userName.',
    after: ['rfc/user/name-required'],
    request: { post: { userName: '' } },
    expect: { status: [400] },
  }),
  must('name-unique', ['R-066', 'R-063'], {
    description: 'POST /Users with another user’s userName is rejected.',
    rationale:
      'Clients rely on a conflict to link an existing account. Without it, one person gets two accounts.',
    remedy: 'Create a unique index on userName, and return 409 when it is violated.',
    run: rejectsNameOfAnother(name => name),
  }),
  must('name-unique-without-case', ['R-066'], {
    description: 'POST /Users with another user’s userName in different case is rejected.',
    rationale: 'Two users could sign in with the same name.',
    remedy: 'Ignore case when you check that userName is unique.',
    after: ['rfc/user/name-unique'],
    run: rejectsNameOfAnother(name => name.toUpperCase()),
  }),
  must('name-unique-put', ['R-066', 'R-165'], {
    source: 'RFC 7643 §4.1.1, RFC 7644 §3.5.1',
    description: 'PUT with another user’s userName returns 409 or 400.',
    rationale: 'After a rename, two accounts would have the same name.',
    remedy: 'Check unique attributes in updates as well.',
    after: ['rfc/user/name-unique', 'rfc/put/replaces'],
    given: { user: true, other: true },
    request: s => ({ put: { userName: returnedUserName(s.other) } }),
    expect: { status: [409, 400] },
  }),
  practice('name-kept', ['R-084', 'R-062'], {
    description: 'The server returns userName with the case in which it was sent.',
    rationale: 'Clients that compare values detect a difference and repeat the update in every cycle.',
    remedy: 'Store the name as it was sent, and a case-folded copy for comparisons.',
    run: async context => {
      const userName = returnedUserName({ sent: context.sample(context.users) }).replace('check', 'Check')
      const { response } = await context.create(context.users, { userName })
      expectEqual(valueIn(response.body, 'userName'), userName, 'userName', response)
    },
  }),
  must('name-normalised', ['R-067'], {
    source: 'RFC 7644 §5',
    description:
      'Two Unicode spellings of a userName (é as one character, or as e and an accent) are equal, and so are É and é.',
    rationale:
      'macOS and Windows encode accented characters differently, and in some databases, lower() folds ASCII letters only. Two accounts could look identical, such as those of élodie and Élodie.',
    remedy:
      'Normalize names to NFC and fold their case by the Unicode rules before you compare them (PRECIS, RFC 8265), in your code if the database can’t.',
    after: ['rfc/user/name-unique-without-case'],
    ...over(
      { 'an accent': 'e\u0301', 'upper case': '\u00c9' },
      letter => context => expectClash(context, letter),
    ),
  }),
])

export const userChecks: readonly Check[] = [...userNameChecks, ...passwordChecks, ...userStructureChecks]
