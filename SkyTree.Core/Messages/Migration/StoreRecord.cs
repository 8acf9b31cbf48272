using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;

namespace SkyTree.Core.Messages.Migration;

/// <summary>What the database knows of where its messages are.</summary>
/// <param name="Store">The name of the store that holds them.</param>
/// <param name="IsEmbedded">Whether that is the database's own log.</param>
internal sealed record StoreRecord(string Store, bool IsEmbedded)
{
    private const byte Version = 1;

    /// <summary>From where they were moved there, as long as the configuration says so; or empty.</summary>
    public string MovedFrom { get; init; } = "";

    /// <summary>The store that they are on their way to; or empty.</summary>
    public string MovingTo { get; init; } = "";

    /// <summary>Whether that is the database's own log.</summary>
    public bool IntoEmbedded { get; init; }

    /// <summary>Messages up to this offset are being moved; those above are in the database's own log.</summary>
    public long Boundary { get; init; }

    /// <summary>Reads it; null when it was never written.</summary>
    /// <exception cref="StateDatabaseException">It makes no sense.</exception>
    public static StoreRecord? Read(StateDatabase database)
    {
        if (database.Get([StateKey.Store]) is not { } bytes)
        {
            return null;
        }

        try
        {
            var reader = new RecordReader(bytes);
            if (reader.Byte() != Version)
            {
                throw new InvalidDataException("its version is not known to this program.");
            }

            return new StoreRecord(reader.Text(), reader.Flag())
            {
                MovedFrom = reader.Text(),
                MovingTo = reader.Text(),
                IntoEmbedded = reader.Flag(),
                Boundary = reader.Number(),
            };
        }
        catch (InvalidDataException e)
        {
            throw new StateDatabaseException($"The state database's record of its store makes no sense: {e.Message}", e);
        }
    }

    /// <summary>Writes it, durably.</summary>
    public void Write(StateDatabase database)
    {
        byte[] value = new RecordWriter().Begin().Byte(Version)
            .Text(Store)
            .Flag(IsEmbedded)
            .Text(MovedFrom)
            .Text(MovingTo)
            .Flag(IntoEmbedded)
            .Number(Boundary)
            .Written.ToArray();
        using StateBatch batch = database.CreateBatch();
        batch.Put([StateKey.Store], value);
        database.Write(batch, sync: true);
    }
}
