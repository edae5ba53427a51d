import type { Check } from '../../../check.ts'
import { checks as addParticulars } from './add-particulars.ts'
import { checks as addWithPath } from './add-with-path.ts'
import { checks as addWithoutPath } from './add-without-path.ts'
import { checks as answers } from './answers.ts'
import { checks as extensionPaths } from './extension-paths.ts'
import { checks as membersAdded } from './members-added.ts'
import { checks as membersChanged } from './members-changed.ts'
import { checks as membersRemoved } from './members-removed.ts'
import { checks as paths } from './paths.ts'
import { checks as refusals } from './refusals.ts'
import { checks as removeAttributes } from './remove-attributes.ts'
import { checks as removeByFilter } from './remove-by-filter.ts'
import { checks as removeExtensions } from './remove-extensions.ts'
import { checks as removeRefusals } from './remove-refusals.ts'
import { checks as replaceAttributes } from './replace-attributes.ts'
import { checks as replaceByFilter } from './replace-by-filter.ts'
import { checks as replaceRefusals } from './replace-refusals.ts'
import { checks as replaceUserNames } from './replace-user-names.ts'
import { checks as severalOperations } from './several-operations.ts'

export const checks: readonly Check[] = [
  ...addWithPath,
  ...addWithoutPath,
  ...addParticulars,
  ...removeAttributes,
  ...removeByFilter,
  ...removeExtensions,
  ...removeRefusals,
  ...replaceAttributes,
  ...replaceByFilter,
  ...replaceUserNames,
  ...replaceRefusals,
  ...answers,
  ...paths,
  ...extensionPaths,
  ...membersAdded,
  ...membersRemoved,
  ...membersChanged,
  ...severalOperations,
  ...refusals,
]
