import type { Check } from '../../../check.ts'
import { expectEqual, objectIn } from '../../../expect.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, extended, needWritable, valuesAt, writable } from '../../tools/attributes.ts'
import { askNamed, expectOnly, needProjection, someone } from '../../tools/projections.ts'
import { checksOf } from '../checks-of.ts'
import { projectionArea } from './areas.ts'

const much = 'Clients ask for few attributes to keep answers small; unasked ones cost them time and room.'

const little = 'Clients that ask for an attribute and don’t get it take it for unassigned, and set it again.'

export const checks: readonly Check[] = checksOf(projectionArea, [
  {
    id: 'sub-attributes',
    level: 'MUST',
    says: '`attributes=name.givenName` shows just that part of the name.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-141'],
    matters: little,
    mend: 'Take names of sub-attributes in attributes.',
    run: async stage => {
      needWritable(stage.users, 'name.givenName', 'name.familyName')
      const { made, text } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
      const { answer, body } = await askNamed(stage, made.path, text, 'name.givenName')
      expectEqual(at(body, 'name', 'givenName'), 'Ann', 'name.givenName', answer)
      expectEqual(at(body, 'name', 'familyName'), undefined, 'name.familyName', answer)
    },
  },
  {
    id: 'parts-of-values',
    level: 'MUST',
    says: '`attributes=emails.value` shows just that of each value.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-141'],
    matters: little,
    mend: 'Take names of sub-attributes of multi-valued attributes in attributes.',
    run: async stage => {
      needWritable(stage.users, 'emails.value', 'emails.type')
      const value = `${stage.unique()}@example.com`
      const { made, text } = await someone(stage, { emails: [{ type: 'work', value, primary: true }] })
      const { answer, body } = await askNamed(stage, made.path, text, 'emails.value')
      const [email] = valuesAt(body, 'emails')
      expectEqual(String(email?.value).toLowerCase(), value, 'emails.value', answer)
      expectEqual(email?.type, undefined, 'emails.type', answer)
    },
  },
  {
    id: 'excluded-sub-attributes',
    level: 'MUST',
    says: '`excludedAttributes=name.givenName` leaves just that part of the name out.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-139', 'R-141'],
    matters: much,
    mend: 'Take names of sub-attributes in excludedAttributes.',
    run: async stage => {
      needWritable(stage.users, 'name.givenName', 'name.familyName')
      const { made, text } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
      await needProjection(stage, made.path, text)
      const answer = await stage.get(`${made.path}?excludedAttributes=name.givenName`)
      const body = objectIn(answer)
      expectEqual(at(body, 'name', 'familyName'), 'Check', 'name.familyName', answer)
      expectEqual(at(body, 'name', 'givenName'), undefined, 'name.givenName', answer)
    },
  },
  {
    id: 'any-case',
    level: 'MUST',
    says: 'Names are understood in upper and lower case: `attributes=USERNAME`.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-141'],
    matters: little,
    mend: 'Look names of attributes up without regard to case.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const { answer, body } = await askNamed(stage, made.path, text, 'USERNAME')
      expectOnly(body, 'userName', text, answer)
    },
  },
  {
    id: 'several',
    level: 'MUST',
    says: 'Several names are divided by commas.',
    source: 'RFC 7644 §3.9',
    requirements: ['R-141'],
    matters: little,
    mend: 'Split attributes at commas, also encoded ones.',
    run: async stage => {
      needWritable(stage.users, 'name.givenName')
      const { made, text } = await someone(stage, { name: { givenName: 'Ann', familyName: 'Check' } })
      const { answer, body } = await askNamed(stage, made.path, text, 'userName,name')
      expectOnly(body, 'userName', text, answer)
      expectOnly(body, 'name', text, answer)
    },
  },
  {
    id: 'full-names',
    level: 'MUST',
    says: 'Names with their schema are understood: `attributes=urn:…:User:userName`.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-141'],
    matters: little,
    mend: 'Cut the URN of the type’s own schema off a name before you look it up.',
    run: async stage => {
      const { made, text } = await someone(stage)
      const { answer, body } = await askNamed(stage, made.path, text, `${stage.users.schema}:userName`)
      expectOnly(body, 'userName', text, answer)
    },
  },
  {
    id: 'extension-attributes',
    level: 'MUST',
    says: 'Attributes of extensions are asked for by their URN.',
    source: 'RFC 7644 §3.10',
    requirements: ['R-141'],
    needs: ['enterprise'],
    matters:
      'Clients that ask for a department by its full name and aren’t shown it take it for missing, and set it again.',
    mend: 'Resolve names that begin with the URN of an extension; the last colon ends it.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      writable(stage.users, 'employeeNumber', enterpriseUrn)
      const values = { department: stage.unique(), employeeNumber: stage.unique() }
      const { made, text } = await someone(stage, extended(stage, stage.users, enterpriseUrn, values))
      const { answer, body } = await askNamed(stage, made.path, text, `${enterpriseUrn}:department`)
      expectEqual(at(body, enterpriseUrn, 'department'), values.department, 'department', answer)
      expectEqual(at(body, enterpriseUrn, 'employeeNumber'), undefined, 'employeeNumber', answer)
      expectEqual(at(body, text), undefined, text, answer)
    },
  },
])
