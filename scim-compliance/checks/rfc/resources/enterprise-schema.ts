import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, skip } from '../../../expect.ts'
import { isObject, type JsonObject } from '../../../json.ts'
import type { Stage } from '../../../stage.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, attributeOf, writable } from '../../tools/attributes.ts'
import { made, posted } from '../../tools/posted.ts'
import { checksOf } from '../checks-of.ts'
import { enterpriseArea } from './areas.ts'
import { withEnterprise } from './enterprise-users.ts'

const withoutEnterprise = ({ sample, users }: Stage): JsonObject => {
  const { [enterpriseUrn]: _, ...body } = sample(users)
  const schemas = Array.isArray(body.schemas)
    ? body.schemas.filter(one => one !== enterpriseUrn)
    : [users.schema]
  return { ...body, schemas }
}

const isListed = (value: unknown): boolean =>
  isObject(value) &&
  Array.isArray(value.schemas) &&
  value.schemas.some(one => String(one).toLowerCase() === enterpriseUrn.toLowerCase())

const isRequired = ({ users }: Stage): boolean =>
  users.extensions.some(({ schema, required }) => schema === enterpriseUrn && required)

export const checks: readonly Check[] = checksOf(enterpriseArea, [
  {
    id: 'urn-listed',
    level: 'MUST',
    source: 'RFC 7643 §3',
    says: 'The URN of the extension is in schemas when the user has values of it.',
    requirements: ['R-055'],
    matters: 'Typed clients read the extension only when its URN is listed.',
    mend: 'Add the URN to schemas whenever the extension’s object is returned.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const answer = await withEnterprise(stage, { department: stage.unique() })
      expectThat(isListed(answer.body), `${enterpriseUrn} in schemas`, at(answer.body, 'schemas'), answer)
    },
  },
  {
    id: 'urn-listed-when-read',
    level: 'MUST',
    source: 'RFC 7643 §3',
    says: 'A GET shows the extension’s values, and its URN in schemas.',
    requirements: ['R-054', 'R-055'],
    matters: 'Clients compare what they read with their own, and miss the department.',
    mend: 'Make the representation of a create and of a read in the same place.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const department = stage.unique()
      const { body } = await withEnterprise(stage, { department })
      const answer = await stage.get(`${stage.users.endpoint}/${at(body, 'id')}`)
      expectEqual(at(answer.body, enterpriseUrn, 'department'), department, 'department', answer)
      expectThat(isListed(answer.body), `${enterpriseUrn} in schemas`, at(answer.body, 'schemas'), answer)
    },
  },
  {
    id: 'not-at-the-top',
    level: 'MUST',
    source: 'RFC 7643 §3.3',
    says: 'Attributes of the extension stand in its object only, not beside the core ones.',
    requirements: ['R-054'],
    matters: 'Clients would read a department that they can’t change.',
    mend: 'Return each attribute under its own schema.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      if (attributeOf(stage.users, 'department') !== undefined) skip('Users have a department of their own.')
      const answer = await withEnterprise(stage, { department: stage.unique() })
      const got = at(answer.body, 'department')
      expectThat(got === undefined, 'no department at the top', got, answer)
    },
  },
  {
    id: 'optional',
    level: 'SHOULD',
    source: 'RFC 7643 §6',
    says: 'A user can be created without the extension, unless it is advertised as required.',
    requirements: ['R-055', 'R-154'],
    matters: 'Not every client sends it; those people would be missing.',
    mend: 'Advertise the extension as required if it is, or do without it.',
    run: async stage => {
      if (isRequired(stage)) skip('The extension is required.')
      await made(stage, stage.users, withoutEnterprise(stage))
    },
  },
  {
    id: 'required',
    level: 'MUST',
    source: 'RFC 7643 §6',
    says: 'Where the extension is advertised as required, a user without it is refused with 400.',
    requirements: ['R-055', 'R-154'],
    matters: 'Clients fill in what they are told is required, for nothing.',
    mend: 'Advertise required as false, or require it.',
    run: async stage => {
      if (!isRequired(stage)) skip('The extension isn’t required.')
      const answer = await posted(stage, stage.users, withoutEnterprise(stage))
      expectStatus(answer, 400)
    },
  },
])
