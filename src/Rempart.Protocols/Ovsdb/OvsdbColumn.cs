namespace Rempart.Protocols.Ovsdb;

/// <param name="Default">what a row has that does not mention the column.</param>
/// <param name="HoldsMany">its maximum is above one, so that monitors send differences instead of new values.</param>
internal sealed record OvsdbColumn(OvsdbDatum Default, bool HoldsMany);
