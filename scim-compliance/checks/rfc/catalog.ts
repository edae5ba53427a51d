import type { Check } from '../../check.ts'
import { valueChecks } from './attribute-values.ts'
import { authenticationChecks } from './authentication.ts'
import { bulkChecks } from './bulk.ts'
import { bulkReferenceChecks } from './bulk-references.ts'
import { commonAttributeChecks } from './common-attributes.ts'
import { createChecks } from './create.ts'
import { deleteChecks } from './delete.ts'
import { discoveryChecks } from './discovery.ts'
import { enterpriseChecks } from './enterprise-user.ts'
import { errorChecks } from './errors.ts'
import { filterGrammarChecks } from './filter-grammar.ts'
import { filterOperatorChecks } from './filter-operators.ts'
import { filterPathChecks } from './filter-paths.ts'
import { filterValueChecks } from './filter-values.ts'
import { groupChecks } from './groups.ts'
import { pagingCursorChecks } from './paging-cursor.ts'
import { pagingIndexChecks } from './paging-index.ts'
import { patchAddChecks } from './patch-add.ts'
import { patchMembersChecks } from './patch-members.ts'
import { patchPathsChecks } from './patch-paths.ts'
import { patchRemoveChecks } from './patch-remove.ts'
import { patchReplaceChecks } from './patch-replace.ts'
import { patchRequestChecks } from './patch-requests.ts'
import { projectionChecks } from './projection.ts'
import { putChecks } from './put.ts'
import { modelChecks } from './resource-schemas.ts'
import { retrieveChecks } from './retrieve.ts'
import { schemaDefinitionChecks } from './schema-definitions.ts'
import { schemaMatchingChecks } from './schema-matching.ts'
import { schemaMutabilityChecks } from './schema-mutability.ts'
import { schemaRepresentationChecks } from './schema-responses.ts'
import { schemaTypeChecks } from './schema-types.ts'
import { searchChecks } from './search.ts'
import { sortChecks } from './sort.ts'
import { transportChecks } from './transport.ts'
import { userChecks } from './users.ts'
import { versionChecks } from './versions.ts'

export const rfcChecks: readonly Check[] = [
  ...discoveryChecks,
  ...transportChecks,
  ...authenticationChecks,
  ...modelChecks,
  ...commonAttributeChecks,
  ...valueChecks,
  ...userChecks,
  ...groupChecks,
  ...enterpriseChecks,
  ...createChecks,
  ...retrieveChecks,
  ...projectionChecks,
  ...pagingIndexChecks,
  ...pagingCursorChecks,
  ...filterOperatorChecks,
  ...filterGrammarChecks,
  ...filterValueChecks,
  ...filterPathChecks,
  ...sortChecks,
  ...searchChecks,
  ...putChecks,
  ...patchAddChecks,
  ...patchRemoveChecks,
  ...patchReplaceChecks,
  ...patchPathsChecks,
  ...patchRequestChecks,
  ...patchMembersChecks,
  ...deleteChecks,
  ...bulkChecks,
  ...bulkReferenceChecks,
  ...versionChecks,
  ...errorChecks,
  ...schemaTypeChecks,
  ...schemaMatchingChecks,
  ...schemaMutabilityChecks,
  ...schemaRepresentationChecks,
  ...schemaDefinitionChecks,
]
