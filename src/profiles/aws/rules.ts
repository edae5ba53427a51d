import type { OperationSubject, ResourceSubject, Rule, Rules } from '../profile.ts'
import type { Choices } from './choices.ts'
import { genericDetail } from './details.ts'
import type { DocumentSubject } from './document.ts'
import { documentRules } from './document-rules.ts'
import { pagingWith } from './limits.ts'
import { patchRules } from './patch-rules.ts'
import { queryRules } from './query-rules.ts'
import { sentPatchRules } from './sent-patch-rules.ts'
import { sources } from './sources.ts'

/** The same rule about a document, at another moment. */
const about = <Subject>(
  rule: Rule<DocumentSubject>,
  documentOf: (subject: Subject) => DocumentSubject,
): Rule<Subject> => ({
  ...rule,
  brokenBy: subject => rule.brokenBy(documentOf(subject)),
  detail: subject => rule.detail(documentOf(subject)),
})

/** What POST and PUT make follows from their bodies, which have been looked at. */
const afterPatch = (rule: Rule<DocumentSubject>): Rule<ResourceSubject> => {
  const looked = about(rule, ({ resource, ...subject }: ResourceSubject) => ({
    ...subject,
    document: resource,
  }))
  return { ...looked, brokenBy: subject => subject.operation === 'patch' && looked.brokenBy(subject) }
}

const replaceGroupRule = ({ putGroupStatus }: Choices): Rule<OperationSubject> => ({
  id: 'aws/no-replacing-groups',
  says: 'Groups are changed by PATCH; PUT isn’t offered.',
  source: sources.operations,
  basis: 'documented',
  status: Number(putGroupStatus),
  brokenBy: ({ operation, type }) =>
    operation === 'replace' && type.attributes.some(({ relation }) => relation === 'members'),
  detail: () => genericDetail,
})

/** All that AWS refuses beyond what is no SCIM at all. */
export const rulesWith = (choices: Choices): Rules => {
  const ofDocuments = documentRules(choices)
  return {
    operation: [replaceGroupRule(choices)],
    body: ofDocuments.map(rule => about(rule, ({ body, ...subject }) => ({ ...subject, document: body }))),
    resource: ofDocuments.map(afterPatch),
    sentPatch: sentPatchRules(choices),
    patch: patchRules(choices),
    query: queryRules(choices, pagingWith(choices).maxCount),
  }
}
