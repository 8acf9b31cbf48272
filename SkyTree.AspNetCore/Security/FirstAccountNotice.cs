namespace SkyTree.AspNetCore.Security;

/// <summary>Tells whoever runs the broker how to sign in for the first time.</summary>
/// <param name="Write">Writes a line where they read it.</param>
internal sealed record FirstAccountNotice(Action<string> Write);
