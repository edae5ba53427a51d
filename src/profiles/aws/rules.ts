import type { OperationSubject, ResourceSubject, Rule, Rules } from '../profile.ts'
import { type DocumentSubject, genericDetail } from './document.ts'
import { documentRules } from './document-rules.ts'
import { awsPaging, type Choices } from './features.ts'
import { patchRules, sentPatchRules } from './patch-rules.ts'
import { queryRules } from './query-rules.ts'
import { sources } from './sources.ts'

/** The same rule about a document, at another moment. */
const forDocument = <Subject>(
  rule: Rule<DocumentSubject>,
  documentOf: (subject: Subject) => DocumentSubject,
): Rule<Subject> => ({
  ...rule,
  check: subject => rule.check(documentOf(subject)),
  detail: subject => rule.detail(documentOf(subject)),
})

/** What POST and PUT make follows from their bodies, which have been looked at. */
const afterPatch = (rule: Rule<DocumentSubject>): Rule<ResourceSubject> => {
  const looked = forDocument(rule, ({ resource, ...subject }: ResourceSubject) => ({
    ...subject,
    document: resource,
  }))
  return { ...looked, check: subject => subject.operation === 'patch' && looked.check(subject) }
}

const replaceGroupRule = ({ putGroupStatus }: Choices): Rule<OperationSubject> => ({
  id: 'aws/no-replacing-groups',
  description: 'Groups are changed by PATCH; PUT isn’t offered.',
  source: sources.operations,
  basis: 'documented',
  status: Number(putGroupStatus),
  check: ({ operation, type }) =>
    operation === 'replace' && type.attributes.some(({ relation }) => relation === 'members'),
  detail: () => genericDetail,
})

/** All that AWS refuses beyond what is no SCIM at all. */
export const awsRules = (choices: Choices): Rules => {
  const ofDocuments = documentRules(choices)
  return {
    operation: [replaceGroupRule(choices)],
    body: ofDocuments.map(rule =>
      forDocument(rule, ({ body, ...subject }) => ({ ...subject, document: body })),
    ),
    resource: ofDocuments.map(afterPatch),
    sentPatch: sentPatchRules(choices),
    patch: patchRules(choices),
    query: queryRules(choices, awsPaging(choices).maxCount),
  }
}
