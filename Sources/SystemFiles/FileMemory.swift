/// Memory whose content is in a file, so that no more of it need be held than is being read.
///
/// Parts of it are read in any order: the system brings in what is asked for and nothing around it. Otherwise it would bring
/// in, and count for this process, as much as its disk reads ahead: megabytes for each part.
public protocol FileMemory: AnyObject {
  /// Asks for a part to be brought in, as somebody is going to read it; returns at once.
  func willRead(_ part: UnsafeRawBufferPointer)
  /// Lets go of the memory that it takes; its content stays in the file.
  func release()
}
