import { text } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A VolumeAttachment connects a disk to a node; one more for a disk in use, or a forged status, lets two nodes write to
 * one file system. Only the attach/detach controller and CSI drivers write them (storage/v1 VolumeAttachment).
 */
export const volumeAttachment: Rule = {
  id: 'volume-attachment',
  remedy: 'Leave attaching to the controller; delete or reschedule the pod instead.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'storage.k8s.io', resource: 'volumeattachments' },
    { operations: ['UPDATE'], group: 'storage.k8s.io', resource: 'volumeattachments/*' },
  ],
  find: (request) => {
    const node = text(request.object, 'spec', 'nodeName')
    return found(`writes VolumeAttachment ${quote(request.name)} of Node ${quote(node)} in the controller's place`)
  },
}
