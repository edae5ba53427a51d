import type { Check } from '../../../check.ts'
import { refusalsOf } from '../../tools/checks-of.ts'
import { patchOfNew } from '../../tools/patches.ts'
import { patchRemoveArea } from './areas.ts'

export const checks: readonly Check[] = refusalsOf(patchRemoveArea, [
  {
    id: 'refuses-no-path',
    says: 'remove without path is refused.',
    requirements: ['R-182'],
    matters: 'A client that forgets the path would have everything removed, or thinks it was.',
    mend: 'Answer remove without path with 400 and noTarget.',
    scimTypes: ['noTarget'],
    send: stage => patchOfNew(stage, { op: 'remove' }),
  },
  {
    id: 'refuses-required',
    says: 'remove of a required attribute is refused: userName.',
    requirements: ['R-185'],
    matters: 'Somebody without a name can’t be found or changed any more.',
    mend: 'Answer it with 400 and mutability.',
    scimTypes: ['mutability', 'invalidValue'],
    send: stage => patchOfNew(stage, { op: 'remove', path: 'userName' }),
  },
  {
    id: 'refuses-read-only',
    says: 'remove of a read-only attribute is refused: id.',
    requirements: ['R-185', 'R-173'],
    matters: 'The client believes that it is gone.',
    mend: 'Answer it with 400 and mutability.',
    scimTypes: ['mutability'],
    send: stage => patchOfNew(stage, { op: 'remove', path: 'id' }),
  },
])
