import type { Check } from '../../../check.ts'
import { expectEqual, expectThat, skip } from '../../../expect.ts'
import type { Stage } from '../../../stage.ts'
import { enterpriseUrn } from '../../../urns.ts'
import { at, extended, writable } from '../../tools/attributes.ts'
import { patched } from '../../tools/patches.ts'
import { checksOf } from '../checks-of.ts'
import { patchPathsArea } from './areas.ts'

/** Has the URN in schemas. */
const isListed = (schemas: unknown, urn: string): boolean => Array.isArray(schemas) && schemas.includes(urn)

const bare = async (stage: Stage) => {
  const made = await stage.create(stage.users)
  if (at(made.body, enterpriseUrn) !== undefined) skip('Everybody has the enterprise extension here.')
  return made
}

export const checks: readonly Check[] = checksOf(patchPathsArea, [
  {
    id: 'extension-attribute',
    level: 'SHOULD',
    says: 'An attribute of an extension is set by its full name, and its URN comes into schemas.',
    source: 'RFC 7644 §3.5.2',
    requirements: ['R-170', 'R-176'],
    needs: ['enterprise'],
    matters: 'Departments, numbers and managers that Entra ID sends don’t arrive.',
    mend: 'Resolve paths that begin with the URN of an extension, and list it in schemas.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const made = await bare(stage)
      const value = stage.unique()
      const change = { op: 'add', path: `${enterpriseUrn}:department`, value }
      const { body, answer } = await patched(stage, made, change)
      expectEqual(at(body, enterpriseUrn, 'department'), value, 'department', answer)
      expectThat(isListed(body.schemas, enterpriseUrn), `schemas with ${enterpriseUrn}`, body.schemas, answer)
    },
  },
  {
    id: 'extension-sub-attribute',
    level: 'SHOULD',
    says: 'A part of an attribute of an extension is set by its full name: `urn:…:manager.value`.',
    requirements: ['R-170'],
    needs: ['enterprise'],
    matters: 'Managers don’t arrive.',
    mend: 'Resolve sub-attributes of attributes of extensions.',
    run: async stage => {
      writable(stage.users, 'manager.value', enterpriseUrn)
      const boss = await stage.create(stage.users)
      const made = await stage.create(stage.users)
      const path = `${enterpriseUrn}:manager.value`
      const { body, answer } = await patched(stage, made, { op: 'add', path, value: boss.id })
      expectEqual(at(body, enterpriseUrn, 'manager', 'value'), boss.id, 'manager.value', answer)
    },
  },
  {
    id: 'extension-whole',
    level: 'practice',
    says: 'The URN of an extension alone is a path; its value is an object.',
    requirements: ['R-170'],
    needs: ['enterprise'],
    matters: 'Some clients set all attributes of an extension at once, and would be refused.',
    mend: 'Take the URN of an extension as a complex attribute, and merge into it.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const value = { department: stage.unique() }
      const made = await stage.create(
        stage.users,
        extended(stage, stage.users, enterpriseUrn, { employeeNumber: stage.unique() }),
      )
      const { body, answer } = await patched(stage, made, { op: 'add', path: enterpriseUrn, value })
      expectEqual(at(body, enterpriseUrn, 'department'), value.department, 'department', answer)
    },
  },
  {
    id: 'extension-in-value',
    level: 'SHOULD',
    says: 'Without path, an extension’s attributes stand below its URN in value.',
    source: 'RFC 7644 §3.5.2.1',
    requirements: ['R-178'],
    needs: ['enterprise'],
    matters: 'Departments and numbers of clients that send no path don’t arrive.',
    mend: 'Take URNs of extensions as names in value.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const made = await stage.create(stage.users)
      const department = stage.unique()
      const value = { [enterpriseUrn]: { department } }
      const { body, answer } = await patched(stage, made, { op: 'add', value })
      expectEqual(at(body, enterpriseUrn, 'department'), department, 'department', answer)
    },
  },
  {
    id: 'extension-full-names-in-value',
    level: 'practice',
    says: 'Without path, names in value may be full: `{"urn:…:User:department": "…"}`.',
    source: 'Entra ID',
    requirements: ['R-178'],
    needs: ['enterprise'],
    matters:
      'Entra ID sends such names with its flag; changes of extensions are refused, or forgotten without a word.',
    mend: 'Read the names in value as paths.',
    run: async stage => {
      writable(stage.users, 'department', enterpriseUrn)
      const made = await stage.create(stage.users)
      const department = stage.unique()
      const value = { [`${enterpriseUrn}:department`]: department }
      const { body, answer } = await patched(stage, made, { op: 'add', value })
      expectEqual(at(body, enterpriseUrn, 'department'), department, 'department', answer)
    },
  },
])
