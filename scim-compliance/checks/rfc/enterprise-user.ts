import type { Check, CheckContext, ScimResponse } from '../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../expect.ts'
import { enterpriseUrn, type JsonObject } from '../../scim.ts'
import { overNames } from '../forms.ts'
import { extensionValues, findAttribute, requireWritableAttribute, valueIn } from '../steps/attributes.ts'
import { postCreated, postForCleanup } from '../steps/create-and-read.ts'
import { area, created } from './areas.ts'
import { defineChecks, must, should, withFixture } from './define-checks.ts'
import { expectResolves } from './groups.ts'

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
