import type { BodySubject, OperationSubject, ResourceSubject, Rule, Rules } from '../profile.ts'
import { type DocumentSubject, genericDetail } from './document.ts'
import { documentRules } from './document-rules.ts'
import { awsFeatures, type Choices } from './features.ts'
import { patchRules, sentPatchRules } from './patch-rules.ts'
import { queryRules } from './query-rules.ts'
import { sources } from './sources.ts'

/** The body of a POST or PUT. */
const ofBody = (rule: Rule<DocumentSubject>): Rule<BodySubject> => ({
  ...rule,
  check: ({ operation, type, body }) => rule.check({ operation, type, document: body }),
})

/** Only for PATCH: the resource of a POST or PUT follows from its body, which has been checked. */
const afterPatch = (rule: Rule<DocumentSubject>): Rule<ResourceSubject> => ({
  ...rule,
  check: ({ operation, type, resource }) =>
    operation === 'patch' ? rule.check({ operation, type, document: resource }) : undefined,
})

const replaceGroupRule = ({ putGroupStatus }: Choices): Rule<OperationSubject> => ({
  id: 'aws/no-replacing-groups',
  description: 'Groups can be changed only by PATCH; PUT is not supported.',
  source: sources.operations,
  basis: 'documented',
  remedy: 'Change groups with PATCH.',
  status: Number(putGroupStatus),
  check: ({ operation, type }) =>
    operation === 'replace' && type.attributes.some(({ relation }) => relation === 'members')
      ? { detail: genericDetail }
      : undefined,
})

/** The rules of AWS beyond the requirements of SCIM. */
export const awsRules = (choices: Choices): Rules => {
  const ofDocuments = documentRules(choices)
  return {
    operation: [replaceGroupRule(choices)],
    body: ofDocuments.map(ofBody),
    resource: ofDocuments.map(afterPatch),
    sentPatch: sentPatchRules(choices),
    patch: patchRules(choices),
    query: queryRules(choices, awsFeatures(choices).paging.maxCount),
  }
}
