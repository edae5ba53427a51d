import type { Check } from '../../check.ts'
import { valueChecks } from './attribute-values.ts'
import { authenticationChecks } from './authentication.ts'
import { bulkChecks } from './bulk.ts'
import { bulkReferenceChecks } from './bulk-references.ts'
import { commonAttributeChecks } from './common-attributes.ts'
import { createChecks } from './create.ts'
import { deleteChecks } from './delete.ts'
import { discoveryChecks } from './discovery.ts'
import { errorChecks } from './errors.ts'
import { filterGrammarChecks } from './filter-grammar.ts'
import { filterOperatorChecks } from './filter-operators.ts'
import { filterPathChecks } from './filter-paths.ts'
import { groupChecks } from './groups.ts'
import { pagingCursorChecks } from './paging-cursor.ts'
import { pagingIndexChecks } from './paging-index.ts'
import { patchAddChecks } from './patch-add.ts'
import { patchMembersChecks } from './patch-members.ts'
import { patchRemoveChecks } from './patch-remove.ts'
import { patchReplaceChecks } from './patch-replace.ts'
import { patchRequestChecks } from './patch-requests.ts'
import { projectionChecks } from './projection.ts'
import { putChecks } from './put.ts'
import { modelChecks } from './resource-schemas.ts'
import { retrieveChecks } from './retrieve.ts'
import { schemaDefinitionChecks } from './schema-definitions.ts'
import { schemaMutabilityChecks } from './schema-mutability.ts'
import { schemaRepresentationChecks } from './schema-responses.ts'
import { schemaValueChecks } from './schema-values.ts'
import { searchChecks } from './search.ts'
import { sortChecks } from './sort.ts'
import { transportChecks } from './transport.ts'
import { enterpriseChecks, userChecks } from './users.ts'
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
  ...filterPathChecks,
  ...sortChecks,
  ...searchChecks,
  ...putChecks,
  ...patchAddChecks,
  ...patchRemoveChecks,
  ...patchReplaceChecks,
  ...patchRequestChecks,
  ...patchMembersChecks,
  ...deleteChecks,
  ...bulkChecks,
  ...bulkReferenceChecks,
  ...versionChecks,
  ...errorChecks,
  ...schemaValueChecks,
  ...schemaMutabilityChecks,
  ...schemaRepresentationChecks,
  ...schemaDefinitionChecks,
]
