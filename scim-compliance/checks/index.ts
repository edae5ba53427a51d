import type { Check } from '../check.ts'
import { checks as awsGroups } from './aws/groups.ts'
import { checks as awsLists } from './aws/lists.ts'
import { checks as awsPatch } from './aws/patch.ts'
import { checks as awsService } from './aws/service.ts'
import { checks as awsUsers } from './aws/users.ts'
import { checks as entraCreate } from './entra/create.ts'
import { checks as entraDelete } from './entra/delete.ts'
import { checks as entraDisable } from './entra/disable.ts'
import { checks as entraGroups } from './entra/groups.ts'
import { checks as entraLoad } from './entra/load.ts'
import { checks as entraLookUp } from './entra/look-up.ts'
import { checks as entraManager } from './entra/manager.ts'
import { checks as entraMembers } from './entra/members.ts'
import { checks as entraProbe } from './entra/probe.ts'
import { checks as entraRoles } from './entra/roles.ts'
import { checks as entraUpdate } from './entra/update.ts'
import { checks as entraUpdateMore } from './entra/update-more.ts'
import { checks as entraValidator } from './entra/validator.ts'
import { checks as advertisedForms } from './rfc/advertised-forms.ts'
import { checks as advertisedMatching } from './rfc/advertised-matching.ts'
import { checks as advertisedMutability } from './rfc/advertised-mutability.ts'
import { checks as advertisedReturned } from './rfc/advertised-returned.ts'
import { checks as advertisedSchemas } from './rfc/advertised-schemas.ts'
import { checks as authentication } from './rfc/authentication.ts'
import { checks as bulk } from './rfc/bulk.ts'
import { checks as bulkErrors } from './rfc/bulk-errors.ts'
import { checks as bulkReferences } from './rfc/bulk-references.ts'
import { checks as commonAttributes } from './rfc/common-attributes.ts'
import { checks as create } from './rfc/create.ts'
import { checks as cursorErrors } from './rfc/cursor-errors.ts'
import { checks as cursorPaging } from './rfc/cursor-paging.ts'
import { checks as remove } from './rfc/delete.ts'
import { checks as discovery } from './rfc/discovery.ts'
import { checks as enterprise } from './rfc/enterprise.ts'
import { checks as errorStatuses } from './rfc/error-statuses.ts'
import { checks as errors } from './rfc/errors.ts'
import { checks as filterErrors } from './rfc/filter-errors.ts'
import { checks as filterGrammar } from './rfc/filter-grammar.ts'
import { checks as filterOperators } from './rfc/filter-operators.ts'
import { checks as filterPaths } from './rfc/filter-paths.ts'
import { checks as filterTimes } from './rfc/filter-times.ts'
import { checks as groups } from './rfc/groups.ts'
import { checks as indexPaging } from './rfc/index-paging.ts'
import { checks as me } from './rfc/me.ts'
import { checks as meta } from './rfc/meta.ts'
import { checks as patchAdd } from './rfc/patch-add.ts'
import { checks as patchErrors } from './rfc/patch-errors.ts'
import { checks as patchMembers } from './rfc/patch-members.ts'
import { checks as patchPaths } from './rfc/patch-paths.ts'
import { checks as patchRemove } from './rfc/patch-remove.ts'
import { checks as patchReplace } from './rfc/patch-replace.ts'
import { checks as projection } from './rfc/projection.ts'
import { checks as projectionNames } from './rfc/projection-names.ts'
import { checks as put } from './rfc/put.ts'
import { checks as resourceModel } from './rfc/resource-model.ts'
import { checks as retrieve } from './rfc/retrieve.ts'
import { checks as search } from './rfc/search.ts'
import { checks as serviceConfig } from './rfc/service-config.ts'
import { checks as sort } from './rfc/sort.ts'
import { checks as transport } from './rfc/transport.ts'
import { checks as userValues } from './rfc/user-values.ts'
import { checks as users } from './rfc/users.ts'
import { checks as values } from './rfc/values.ts'
import { checks as versions } from './rfc/versions.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [
  ...serviceConfig,
  ...discovery,
  ...transport,
  ...authentication,
  ...resourceModel,
  ...commonAttributes,
  ...meta,
  ...values,
  ...users,
  ...groups,
  ...enterprise,
  ...create,
  ...retrieve,
  ...projection,
  ...indexPaging,
  ...cursorPaging,
  ...filterOperators,
  ...filterGrammar,
  ...filterPaths,
  ...filterErrors,
  ...sort,
  ...search,
  ...put,
  ...patchAdd,
  ...patchRemove,
  ...patchReplace,
  ...patchPaths,
  ...patchMembers,
  ...patchErrors,
  ...remove,
  ...bulk,
  ...bulkReferences,
  ...versions,
  ...me,
  ...errors,
  ...errorStatuses,
  ...advertisedForms,
  ...advertisedMatching,
  ...advertisedMutability,
  ...advertisedReturned,
  ...advertisedSchemas,
  ...bulkErrors,
  ...cursorErrors,
  ...filterTimes,
  ...projectionNames,
  ...userValues,
  ...entraProbe,
  ...entraLookUp,
  ...entraCreate,
  ...entraUpdate,
  ...entraUpdateMore,
  ...entraDisable,
  ...entraManager,
  ...entraRoles,
  ...entraGroups,
  ...entraMembers,
  ...entraDelete,
  ...entraValidator,
  ...entraLoad,
  ...awsGroups,
  ...awsLists,
  ...awsPatch,
  ...awsService,
  ...awsUsers,
]
