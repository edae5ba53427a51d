import type { Check } from '../../../check.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { textOf } from '../../tools/attributes.ts'
import { patchOfNew } from '../../tools/patches.ts'
import { refusalsOf } from '../checks-of.ts'
import { patchRemoveArea } from './areas.ts'

/** A text can be removed. */
const control = async (stage: Stage): Promise<Answer> => {
  const text = textOf(stage.users)
  const { path } = await stage.create(stage.users, { [text]: stage.unique() })
  return stage.patch(path, { op: 'remove', path: text })
}

export const checks: readonly Check[] = refusalsOf(patchRemoveArea, [
  {
    id: 'refuses-no-path',
    says: 'remove without path is refused.',
    requirements: ['R-182'],
    matters: 'A client that forgets the path would have everything removed, or thinks it was.',
    mend: 'Answer remove without path with 400 and noTarget.',
    scimTypes: ['noTarget'],
    control,
    send: stage => patchOfNew(stage, { op: 'remove' }),
  },
  {
    id: 'refuses-required',
    says: 'remove of a required attribute is refused: userName.',
    requirements: ['R-185'],
    matters: 'Somebody without a name can’t be found or changed any more.',
    mend: 'Answer it with 400 and mutability.',
    scimTypes: ['mutability', 'invalidValue'],
    control,
    send: stage => patchOfNew(stage, { op: 'remove', path: 'userName' }),
  },
  {
    id: 'refuses-read-only',
    says: 'remove of a read-only attribute is refused: id.',
    requirements: ['R-185', 'R-173'],
    matters: 'The client believes that it is gone.',
    mend: 'Answer it with 400 and mutability.',
    scimTypes: ['mutability'],
    control,
    send: stage => patchOfNew(stage, { op: 'remove', path: 'id' }),
  },
])
