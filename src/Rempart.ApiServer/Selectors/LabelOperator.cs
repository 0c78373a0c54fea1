namespace Rempart.ApiServer.Selectors;

/// <summary>What a requirement asks of a label.</summary>
internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}
