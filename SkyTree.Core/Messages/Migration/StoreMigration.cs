namespace SkyTree.Core.Messages.Migration;

/// <summary>The store that messages are moved from. It is read only, and left as it is.</summary>
/// <param name="Name">Its name, as the database knows it.</param>
/// <param name="External">The store, not opened; null: the embedded log. Whoever migrates opens and disposes it.</param>
internal sealed record StoreMigration(string Name, MessageStore? External);
