/** What client stubs stand on. */
export {
  call,
  CALL_ATTEMPTS,
  callForHandle,
  outgoing,
  transferArea,
  wideResult,
} from '../../runtime/call';
