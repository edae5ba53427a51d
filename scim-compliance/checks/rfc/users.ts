import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, isSuccess, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { over, overNames } from '../forms.ts'
import {
  extensionValues,
  findAttribute,
  objectsIn,
  requireWritable,
  requireWritableAttribute,
  valueIn,
} from '../steps/attributes.ts'
import { postCreated, postForCleanup, postSample, postWithout } from '../steps/create-and-read.ts'
import {
  expectRejectedName,
  postNamed,
  rejectsNameOfAnother,
  sentUserName,
} from '../steps/users-and-groups.ts'
import { area, created, userArea } from './areas.ts'
import { defineChecks, must, practice, refusalBlame, should, withFixture } from './define-checks.ts'
import { expectResolves } from './groups.ts'

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
        const narrow = `userName eq ${JSON.stringify(sentUserName({ sent }))} and ${filter}`
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

/** Expects a conflict between a name that begins with é and one with another letter; skips if the server rejects é. */
async function expectClash(context: CheckContext, letter: string): Promise<void> {
  const name = sentUserName({ sent: context.sample(context.users) })
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
    request: s => ({ put: { userName: sentUserName(s.other) } }),
    expect: { status: [409, 400] },
  }),
  practice('name-kept', ['R-084', 'R-062'], {
    description: 'The server returns userName with the case in which it was sent.',
    rationale: 'Clients that compare values detect a difference and repeat the update in every cycle.',
    remedy: 'Store the name as it was sent, and a case-folded copy for comparisons.',
    run: async context => {
      const userName = sentUserName({ sent: context.sample(context.users) }).replace('check', 'Check')
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

const withEnterprise = (context: CheckContext, values: JsonObject) =>
  postCreated(context, context.users, extensionValues(context, context.users, enterpriseUrn, values))

const whenInDepartment = withFixture(async context => {
  requireWritableAttribute(context.users, 'department', enterpriseUrn)
  const department = context.unique()
  return { department, response: await withEnterprise(context, { department }) }
})

async function withManager(context: CheckContext, given: JsonObject = {}) {
  requireWritableAttribute(context.users, 'manager', enterpriseUrn)
  const boss = await context.create(context.users)
  const response = await withEnterprise(context, { manager: { value: boss.id, ...given } })
  const got = (name: string) => valueIn(response.body, enterpriseUrn, 'manager', name)
  return { boss, response, got }
}

const whenManaged = withFixture(context => withManager(context))

const texts = ['employeeNumber', 'costCenter', 'organization', 'division', 'department']

const withoutEnterprise = ({ sample, users }: CheckContext): JsonObject => {
  const { [enterpriseUrn]: _, ...body } = sample(users)
  const { schemas = [users.schema] } = body
  return { ...body, schemas: [schemas].flat().filter(one => one !== enterpriseUrn) }
}

function expectListed(response: ScimResponse): void {
  const schemas = valueIn(response.body, 'schemas')
  const isListed =
    Array.isArray(schemas) && schemas.some(one => String(one).toLowerCase() === enterpriseUrn.toLowerCase())
  expectThat(isListed, `${enterpriseUrn} in schemas`, schemas, response)
}

const isRequired = ({ users }: CheckContext): boolean =>
  users.extensions.some(({ schema, required }) => schema === enterpriseUrn && required)

const enterpriseArea = area('enterprise', 'Enterprise User', 'RFC 7643 §4.3', {
  ...created,
  needs: ['write', 'enterprise'],
})

export const enterpriseChecks: readonly Check[] = defineChecks(enterpriseArea, [
  should('texts', ['R-081', 'R-054'], {
    description: 'The server stores the strings of the enterprise extension and returns them under its URN.',
    rationale: 'Entra’s and Okta’s mappings send them; applications rely on them.',
    remedy: `Read and return these attributes in an object named ${enterpriseUrn}.`,
    ...overNames(texts, name => async context => {
      requireWritableAttribute(context.users, name, enterpriseUrn)
      const value = context.unique()
      const response = await withEnterprise(context, { [name]: value })
      expectEqual(valueIn(response.body, enterpriseUrn, name), value, name, response)
    }),
  }),
  should('manager', ['R-081'], {
    description: 'The server stores and returns manager.value, the ID of a user.',
    rationale: 'Approval workflows use the manager that Entra sends.',
    remedy: 'Store manager as an object with value.',
    after: ['rfc/enterprise/texts'],
    run: whenManaged(({ boss, response, got }) =>
      expectEqual(got('value'), boss.id, 'manager.value', response),
    ),
  }),
  must('manager-display-name', ['R-081', 'R-059'], {
    description: 'manager.displayName is readOnly: the server ignores values that clients send.',
    rationale: 'The manager would be displayed under a wrong name.',
    remedy: 'Derive manager.displayName from the manager, or omit it.',
    after: ['rfc/enterprise/manager'],
    run: async context => {
      const advertised = findAttribute(context.users, 'manager.displayName', enterpriseUrn)
      if (advertised?.mutability !== 'readOnly') skip('manager.displayName isn’t advertised as readOnly.')
      const displayName = context.unique('Wrong')
      const { response, got } = await withManager(context, { displayName })
      const shown = got('displayName')
      expectThat(shown !== displayName, 'not the name that was sent', shown, response)
    },
  }),
  must('manager-ref', ['R-034', 'R-081'], {
    source: 'RFC 7643 §4.3, §2.3.7',
    description: 'GET of manager.$ref, if present, returns the manager.',
    rationale: 'A client that follows a wrong reference fails; without one, it can still use the id.',
    remedy: 'Build $ref in the same way as meta.location of the manager.',
    after: ['rfc/enterprise/manager'],
    run: whenManaged(({ boss, response, got }, context) =>
      expectResolves(context, got('$ref'), boss.id, response),
    ),
  }),
  must('urn-listed', ['R-055', 'R-054'], {
    source: 'RFC 7643 §3',
    description:
      'The responses to the create and to GET contain the extension’s values, and its URN in schemas.',
    rationale:
      'Typed clients read the extension only if its URN is listed. Otherwise, they find the department missing.',
    remedy:
      'Add the URN to schemas whenever you return the extension’s object, in the response to a create as in that to GET.',
    after: ['rfc/enterprise/texts', 'rfc/retrieve/by-id'],
    run: whenInDepartment(async ({ department, response: created }, context) => {
      expectListed(created)
      const response = await context.get(`${context.users.endpoint}/${valueIn(created.body, 'id')}`)
      expectEqual(valueIn(response.body, enterpriseUrn, 'department'), department, 'department', response)
      expectListed(response)
    }),
  }),
  must('not-at-the-top', ['R-054'], {
    source: 'RFC 7643 §3.3',
    description:
      'The server returns attributes of the extension only in its object, not with the core attributes.',
    rationale: 'Clients would read a department that they can’t change.',
    remedy: 'Return each attribute under its own schema.',
    after: ['rfc/enterprise/texts'],
    run: whenInDepartment(({ response }, { users }) => {
      if (findAttribute(users, 'department')) skip('The user schema has its own department attribute.')
      const got = valueIn(response.body, 'department')
      expectThat(got === undefined, 'no top-level department', got, response, 'excess')
    }),
  }),
  should('optional', ['R-055', 'R-154'], {
    source: 'RFC 7643 §6',
    description: 'A user can be created without the extension, unless it is advertised as required.',
    rationale: 'Not every client sends the extension. Their users couldn’t be created.',
    remedy: 'Advertise the extension as required, or accept users without it.',
    run: async context => {
      if (isRequired(context)) skip('The extension is advertised as required.')
      await postCreated(context, context.users, withoutEnterprise(context))
    },
  }),
  must('required', ['R-055', 'R-154'], {
    source: 'RFC 7643 §6',
    description: 'If the extension is advertised as required, a user without it is rejected with 400.',
    rationale: 'Clients send attributes only because they are advertised as required.',
    remedy: 'Advertise required as false, or enforce it.',
    run: async context => {
      if (!isRequired(context)) skip('The extension isn’t advertised as required.')
      const response = await postForCleanup(context, context.users, withoutEnterprise(context))
      expectStatus(response, 400)
    },
  }),
])
