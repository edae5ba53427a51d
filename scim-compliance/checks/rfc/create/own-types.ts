import type { Check } from '../../../check.ts'
import { expectEqual } from '../../../expect.ts'
import { at } from '../../tools/attributes.ts'
import { ownTypes } from '../../tools/kinds.ts'
import { checksOf } from '../checks-of.ts'
import { createAnyArea } from './areas.ts'
import { expectSameWhenRead } from './expect-same-when-read.ts'

export const checks: readonly Check[] = checksOf(createAnyArea, [
  {
    id: 'own-types',
    level: 'MUST',
    says: 'Resources of the server’s own types are created with 201, an id and their type in meta.',
    requirements: ['R-082', 'R-158', 'R-053'],
    matters: 'Clients drive custom types by discovery alone, as they do users.',
    mend: 'Serve every advertised type by the same code.',
    run: async stage => {
      for (const type of ownTypes(stage)) {
        const { body, answer } = await stage.create(type)
        expectEqual(at(body, 'meta', 'resourceType'), type.name, 'meta.resourceType', answer)
      }
    },
  },
  {
    id: 'own-types-read',
    level: 'MUST',
    says: 'Resources of the server’s own types are read as they were created.',
    requirements: ['R-084', 'R-089', 'R-158'],
    matters: 'Clients drive custom types by discovery alone, as they do users.',
    mend: 'Serve every advertised type by the same code.',
    run: async stage => {
      for (const type of ownTypes(stage)) await expectSameWhenRead(stage, type)
    },
  },
])
