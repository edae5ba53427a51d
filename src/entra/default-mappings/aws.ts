import { nonGallery } from './non-gallery.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

/** IAM Identity Center takes one phone number. */
const notTaken = ['phoneNumbers[type eq "mobile"].value', 'phoneNumbers[type eq "fax"].value']

/**
 * The gallery application "AWS IAM Identity Center" (its provisioning tutorial). Microsoft lists the targets; where the
 * table for applications of one's own has no source for one, it is the attribute of that name.
 */
export const aws = {
  users: {
    attributes: [
      ...nonGallery.users.attributes.filter(({ target }) => !notTaken.includes(target)),
      { source: '[locale]', target: 'locale' },
      { source: '[timezone]', target: 'timezone' },
      { source: '[division]', target: `${enterprise}:division` },
      { source: '[costCenter]', target: `${enterprise}:costCenter` },
      { source: '[companyName]', target: `${enterprise}:organization` },
    ],
  },
  groups: nonGallery.groups,
}
